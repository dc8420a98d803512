import type { OpenConversation } from '../chat/chat-view.ts'
import { useWords } from './words.ts'

/** From here on, the model is about to forget the beginning. */
const FULL = 0.9

/** Whether the model may forget the beginning of the conversation. */
export function isAlmostFull(used: OpenConversation['contextUsed']): boolean {
  return used !== null && used.limit !== null && used.limit > 0 && used.tokens >= used.limit * FULL
}

interface ContextMeterProps {
  readonly used: NonNullable<OpenConversation['contextUsed']>
}

/** How much of the model's context the conversation takes. */
export function ContextMeter({ used }: ContextMeterProps) {
  const words = useWords()
  const { tokens, limit } = used
  if (limit === null || limit <= 0) {
    return <span class="context">{words.t('tokens', { count: tokens })}</span>
  }
  const share = Math.min(1, tokens / limit)
  const percent = words.number(share, { style: 'percent' })
  const details = words.t('contextUsed', { used: tokens, limit })
  return (
    <span class="context" data-full={isAlmostFull(used)} title={details}>
      <svg class="context-ring" viewBox="0 0 20 20" aria-hidden>
        <circle cx="10" cy="10" r="7.5" pathLength="100" />
        <circle
          cx="10"
          cy="10"
          r="7.5"
          pathLength="100"
          stroke-dasharray={`${Math.round(share * 100)} 100`}
        />
      </svg>
      <span aria-hidden>{percent}</span>
      <span class="hidden">{details}</span>
    </span>
  )
}
