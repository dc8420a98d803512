import type { ChatView } from '../../shared/ipc/view.ts'
import { h, type Child } from '../dom.ts'
import { toDuration } from '../format.ts'
import type { Shell } from '../shell.ts'
import { button } from './button.ts'
import { message } from './card.ts'

const TASK = 'chat'

/** One small chat through the relay and back, as a client from outside would have it. */
export class TestChat {
  readonly #shell: Shell
  #chat: ChatView | null = null

  constructor(shell: Shell) {
    this.#shell = shell
  }

  get hasAnswer(): boolean {
    return this.#chat?.kind === 'answered'
  }

  send(): void {
    this.#chat = null
    this.#shell.run(TASK, async () => {
      const answer = await this.#shell.request('chat.try')
      this.#chat = answer.ok ? answer.result : { kind: 'failed', model: null, reason: answer.error.message }
      this.#shell.announce(this.#chat.kind === 'answered' ? 'The model has answered' : 'The chat has failed')
    })
  }

  renderButton(isPossible: boolean): Child {
    return button(this.#chat === null ? 'Send a test chat' : 'Send another', {
      icon: 'chat',
      isBusy: this.#shell.isBusy(TASK),
      isDisabled: !isPossible,
      onPress: () => this.send(),
    })
  }

  renderResult(): Child {
    if (this.#shell.isBusy(TASK))
      return h(
        'p.chat-wait',
        { key: 'chat' },
        'Waiting for the model. It may have to load first, which can take a minute.',
      )
    if (this.#chat === null) return null
    if (this.#chat.kind === 'failed') return message('error', 'No answer', this.#chat.reason)
    const { model, reply, durationMs, isDemo } = this.#chat
    return h(
      'figure.chat',
      { key: 'chat' },
      h('blockquote', {}, reply),
      h(
        'figcaption',
        {},
        `${model}${isDemo ? ' (built-in demo, not a real model)' : ''}, ${toDuration(durationMs)}, through the relay and back`,
      ),
    )
  }
}
