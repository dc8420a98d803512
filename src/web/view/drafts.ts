import { useEffect, useRef, useState } from 'preact/hooks'
import type { DraftPicture } from './pictures/draft-pictures.tsx'

/** A message that has not been sent. */
export interface Draft {
  readonly text: string
  /** Long pasted texts, sent after `text`. */
  readonly pastes: readonly string[]
  readonly pictures: readonly DraftPicture[]
}

export const NO_DRAFT: Draft = { text: '', pastes: [], pictures: [] }
/** Browsers lay out a whole text field at each keystroke, which takes seconds for 1 MB. */
export const MAX_TYPED_CHARS = 20_000
/** Delays storing, so that it does not slow down typing. */
const KEEP_AFTER_MS = 300

/** The whole text of a draft. */
export function messageOf({ text, pastes }: Draft): string {
  return (text.trim() === '' ? pastes : [text, ...pastes]).join('\n\n')
}

/** @param kept text of an earlier visit */
function draftFrom(kept: string): Draft {
  return kept.length > MAX_TYPED_CHARS ? { ...NO_DRAFT, pastes: [kept] } : { ...NO_DRAFT, text: kept }
}

/**
 * The draft of a conversation. Drafts of other conversations are kept.
 * @param id `''` for a conversation without messages
 * @param kept text of an earlier visit
 * @param keep stores text for the next visit
 */
export function useDraft(
  id: string,
  kept: string,
  keep: (id: string, text: string) => void,
): readonly [Draft, (part: Partial<Draft>) => void] {
  const [drafts, setDrafts] = useState<ReadonlyMap<string, Draft>>(new Map())
  const unkept = useRef<{ readonly id: string; readonly text: string } | null>(null)
  const flush = (): void => {
    if (unkept.current !== null) keep(unkept.current.id, unkept.current.text)
    unkept.current = null
  }
  const latest = useRef(flush)
  latest.current = flush
  useEffect(() => {
    const listen = (): void => latest.current()
    addEventListener('pagehide', listen)
    document.addEventListener('visibilitychange', listen)
    return () => {
      removeEventListener('pagehide', listen)
      document.removeEventListener('visibilitychange', listen)
    }
  }, [])
  const draftIn = (all: typeof drafts): Draft => all.get(id) ?? draftFrom(kept)
  const change = (part: Partial<Draft>): void => {
    if (unkept.current?.id !== id) flush()
    if (unkept.current === null) setTimeout(() => latest.current(), KEEP_AFTER_MS)
    const text = messageOf({ ...draftIn(drafts), ...part })
    unkept.current = { id, text }
    if (text === '') flush()
    setDrafts((all) => new Map(all).set(id, { ...draftIn(all), ...part }))
  }
  return [draftIn(drafts), change]
}
