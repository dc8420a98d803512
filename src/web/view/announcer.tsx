import { useEffect, useRef, useState } from 'preact/hooks'
import type { ChatTurn, OpenConversation, TurnState } from '../chat/chat-view.ts'
import type { ChatWords } from '../words/words.ts'
import { problemText } from './problem-text.ts'
import { useWords } from './words.ts'

/** Announces to screen readers when an answer begins and ends, but not its text. */
export function Announcer({ open }: { readonly open: OpenConversation }) {
  const { t } = useWords()
  const [text, setText] = useState('')
  const turn = open.turns.at(-1)
  const before = useRef({ id: open.id, turn })
  useEffect(() => {
    const said = before.current.id === open.id ? announcementFor(before.current.turn, turn, t) : null
    before.current = { id: open.id, turn }
    if (said !== null) setText(said)
  }, [open.id, turn, t])
  return (
    <p class="hidden" role="status">
      {text}
    </p>
  )
}

/** The announcement for a change of the last turn, or `null` if there is none. */
export function announcementFor(
  before: ChatTurn | undefined,
  after: ChatTurn | undefined,
  t: ChatWords['t'],
): string | null {
  if (after === undefined || after.role === 'user') return null
  const kind = before?.id === after.id ? before.state.kind : undefined
  if (kind === after.state.kind) return null
  // An alternative that was made before.
  if (kind === undefined && !isRunning(after.state)) return null
  switch (after.state.kind) {
    case 'waiting':
      return null
    case 'streaming':
      return kind === undefined || kind === 'waiting' ? t('announceStart') : null
    case 'done':
      return t('announceDone')
    case 'stopped':
      return t('announceStopped')
    case 'failed': {
      const { title, note } = problemText(after.state.problem, t)
      return `${title} ${note}`.trim()
    }
  }
}

export function isRunning({ kind }: TurnState): boolean {
  return kind === 'waiting' || kind === 'streaming'
}
