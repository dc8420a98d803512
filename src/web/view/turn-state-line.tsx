import type { ChatTurn, TurnState, WaitReason } from '../chat/chat-view.ts'
import type { ChatWords } from '../words/words.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import { modelLabel } from './model-label.ts'
import { problemText } from './problem-text.ts'
import { useChatShell, useSeconds } from './shell.ts'
import { useWords } from './words.ts'

/** A short wait needs no time. */
const TIME_AFTER_MS = 3_000

interface TurnStateLineProps {
  readonly turn: ChatTurn
  readonly canRetry: boolean
}

/** Why an answer has no text yet, or no more. */
export function TurnStateLine({ turn, canRetry }: TurnStateLineProps) {
  const { t } = useWords()
  const { state, text, thinking } = turn
  switch (state.kind) {
    case 'done':
      return text === '' ? (
        <p class="state-line">
          <Icon name="info" />
          {t('emptyAnswer')}
        </p>
      ) : null
    case 'streaming':
      return text === '' && thinking === '' ? <span class="caret" aria-hidden /> : null
    case 'stopped':
      return (
        <p class="state-line">
          <Icon name="stop" />
          {t('stopped')}
        </p>
      )
    case 'waiting':
      return <Waiting reason={state.for} since={state.since} model={turn.model} />
    case 'failed':
      return <Failure state={state} turnId={turn.id} canRetry={canRetry} />
  }
}

interface WaitingProps {
  readonly reason: WaitReason
  readonly since: number
  readonly model: string | null
}

function Waiting({ reason, since, model }: WaitingProps) {
  const words = useWords()
  const ms = useSeconds() - since
  return (
    <p class="state-line" data-quiet={reason.kind === 'answer'}>
      <span class="spinner" aria-hidden />
      <span>{waitingText(reason, model, words.t)}</span>
      {ms >= TIME_AFTER_MS && <span class="elapsed">{words.duration(ms)}</span>}
    </p>
  )
}

/** The text for a wait. */
export function waitingText(reason: WaitReason, model: string | null, t: ChatWords['t']): string {
  switch (reason.kind) {
    case 'answer':
      return t('waitingForAnswer')
    case 'modelLoading':
      return t('waitingForModel', { model: model === null ? t('model') : modelLabel(model) })
    case 'queue':
      return reason.place === null ? t('waitingInQueue') : t('waitingInQueueAt', { place: reason.place })
    case 'desktopOffline':
      return t('waitingForDesktop')
    case 'reconnecting':
      return t('waitingForConnection')
  }
}

interface FailureProps {
  readonly state: Extract<TurnState, { kind: 'failed' }>
  readonly turnId: string
  readonly canRetry: boolean
}

function Failure({ state, turnId, canRetry }: FailureProps) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const { title, note } = problemText(state.problem, t)
  // The banner above the messages shows it until there is a new key.
  const isAboveAlready = state.problem.kind === 'keyRefused'
  const retry = (): void => (state.canContinue ? actions.retryNow() : actions.regenerate(turnId))
  return (
    <div class="banner error in-turn">
      <Icon name="error" />
      <p>
        <strong dir="auto">{title}</strong> {isAboveAlready ? '' : note}
      </p>
      {canRetry && (
        <Button kind="quiet" onPress={retry}>
          {t('retry')}
        </Button>
      )}
    </div>
  )
}
