import { useState } from 'preact/hooks'
import type { TestChatResult } from '../../shared/ipc/view.ts'
import { Sentence } from './sentence.tsx'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'
import { Button } from './button.tsx'
import { Details, Message } from './card.tsx'

const TASK = 'chat'

/** One small chat through the relay and back, like that of an external client. */
export interface TestChat {
  /** `null` before the first one has ended. */
  readonly outcome: TestChatResult | null
  readonly isBusy: boolean
  readonly send: () => void
}

export function useTestChat(): TestChat {
  const shell = useShell()
  const { t } = useWords()
  const [outcome, setOutcome] = useState<TestChatResult | null>(null)
  const send = (): void => {
    setOutcome(null)
    shell.run(TASK, async () => {
      const answer = await shell.request('chat.try')
      setOutcome(
        answer.ok
          ? answer.result
          : { kind: 'failed', model: null, reason: answer.error.message, details: null },
      )
      const hasAnswer = answer.ok && answer.result.kind === 'answered'
      shell.announce(t(hasAnswer ? 'test.announce.ok' : 'test.announce.failed'))
    })
  }
  return { outcome, isBusy: shell.isBusy(TASK), send }
}

interface TestChatProps {
  readonly chat: TestChat
}

export function TestChatButton({ chat, isPossible }: TestChatProps & { readonly isPossible: boolean }) {
  const { t } = useWords()
  return (
    <Button icon="chat" isBusy={chat.isBusy} isDisabled={!isPossible} onPress={chat.send}>
      {t(chat.outcome === null ? 'test.send' : 'test.sendAnother')}
    </Button>
  )
}

export function TestChatResult({ chat: { outcome, isBusy } }: TestChatProps) {
  const words = useWords()
  const { t } = words
  if (isBusy) return <p class="chat-wait">{t('test.wait')}</p>
  if (outcome === null) return null
  if (outcome.kind === 'failed')
    return (
      <Message kind="error" title={t('test.failed')} text={outcome.reason}>
        {outcome.details !== null && <Details text={outcome.details} />}
      </Message>
    )
  const { model, reply, durationMs, isDemo } = outcome
  return (
    <figure class="chat">
      <blockquote>{reply}</blockquote>
      <figcaption>
        <Sentence
          of={words.pieces(isDemo ? 'test.resultDemo' : 'test.result', {
            model,
            duration: words.duration(durationMs),
          })}
        />
      </figcaption>
    </figure>
  )
}
