import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { BlockView } from './block-view.tsx'
import { GrowingDocument } from '../../markdown/growing-document.ts'

/** While text arrives, reading it takes at most this share of the time. */
const MAX_SHARE = 0.25

interface MarkdownProps {
  readonly text: string
  /** False while text is still being added. */
  readonly isComplete: boolean
}

/** An answer. Finished blocks keep their elements while text is added. */
export function Markdown({ text, isComplete }: MarkdownProps) {
  const document = useMemo(() => new GrowingDocument(), [])
  const pace = useRef({ text, costMs: 0 })
  const shown = usePaced(text, isComplete, pace.current.costMs)
  const blocks = useMemo(() => {
    const startedAt = performance.now()
    const read = document.update(shown, isComplete)
    pace.current.costMs = performance.now() - startedAt
    return read
  }, [document, shown, isComplete])
  return (
    <div class="markdown">
      {blocks.map(({ id, token }) => (
        <BlockView key={id} token={token} lexer={document.lexer} />
      ))}
    </div>
  )
}

/** The text, updated as often as its cost allows; immediately when it is complete. */
function usePaced(text: string, isComplete: boolean, costMs: number): string {
  const [paced, setPaced] = useState(text)
  const newest = useRef(text)
  newest.current = text
  const isBehind = paced !== text
  useEffect(() => {
    if (!isBehind) return undefined
    const timer = setTimeout(() => setPaced(newest.current), isComplete ? 0 : costMs / MAX_SHARE)
    return () => clearTimeout(timer)
  }, [isBehind, isComplete, costMs])
  return isComplete ? text : paced
}
