import { useState } from 'preact/hooks'
import type { TestChatResult } from '../../shared/ipc/view.ts'
import { toDuration } from '../format.ts'
import { useShell } from '../shell.ts'
import { Button } from './button.tsx'
import { Message } from './card.tsx'

const TASK = 'chat'

/** One small chat through the relay and back, as a client from outside would have it. */
export interface TestChat {
  /** `null` before the first one has ended. */
  readonly outcome: TestChatResult | null
  readonly isBusy: boolean
  readonly send: () => void
}

export function useTestChat(): TestChat {
  const shell = useShell()
  const [outcome, setOutcome] = useState<TestChatResult | null>(null)
  const send = (): void => {
    setOutcome(null)
    shell.run(TASK, async () => {
      const answer = await shell.request('chat.try')
      setOutcome(answer.ok ? answer.result : { kind: 'failed', model: null, reason: answer.error.message })
      const hasAnswer = answer.ok && answer.result.kind === 'answered'
      shell.announce(hasAnswer ? 'The model answered' : 'The chat failed')
    })
  }
  return { outcome, isBusy: shell.isBusy(TASK), send }
}

interface TestChatProps {
  readonly chat: TestChat
}

export function TestChatButton({ chat, isPossible }: TestChatProps & { readonly isPossible: boolean }) {
  return (
    <Button icon="chat" isBusy={chat.isBusy} isDisabled={!isPossible} onPress={chat.send}>
      {chat.outcome === null ? 'Send a test chat' : 'Send another'}
    </Button>
  )
}

export function TestChatResult({ chat: { outcome, isBusy } }: TestChatProps) {
  if (isBusy)
    return <p class="chat-wait">Waiting for the model. It may have to load first, which can take a minute.</p>
  if (outcome === null) return null
  if (outcome.kind === 'failed') return <Message kind="error" title="No answer" text={outcome.reason} />
  const { model, reply, durationMs, isDemo } = outcome
  return (
    <figure class="chat">
      <blockquote>{reply}</blockquote>
      <figcaption>
        {model}
        {isDemo && ' (built-in demo, not a real model)'}, {toDuration(durationMs)}, through the relay and back
      </figcaption>
    </figure>
  )
}
