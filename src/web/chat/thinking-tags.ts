const OPEN = '<think>'
const CLOSE = '</think>'

/** Separates reasoning that a model server leaves in the text, between tags at its start. */
export function withoutThinking(text: string): { readonly text: string; readonly thinking: string } {
  const start = text.trimStart()
  // The tag may not be complete yet.
  if (start.length < OPEN.length && start !== '' && OPEN.startsWith(start)) return { text: '', thinking: '' }
  if (!start.startsWith(OPEN)) return { text, thinking: '' }
  const inner = start.slice(OPEN.length)
  const end = inner.indexOf(CLOSE)
  if (end < 0) return { text: '', thinking: inner.trimStart() }
  return { text: inner.slice(end + CLOSE.length).trimStart(), thinking: inner.slice(0, end).trim() }
}
