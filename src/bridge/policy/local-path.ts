/** Start of an absolute path on any operating system. */
const ABSOLUTE = /^(?:\/[^\\/\r\n]+\/|~\/|[A-Za-z]:[\\/]|\\\\)/
/** A Modelfile line that names a file (Ollama docs/modelfile.md). */
const FILE_LINE = /^([ \t]*(?:FROM|ADAPTER)[ \t]+"?)(.*)$/gim

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Replaces absolute file paths in JSON text, including those in a Modelfile's `FROM`, with the file name, so
 * that the owner's directories are not disclosed. All other text is unchanged.
 */
export function withoutPaths(bytes: Uint8Array): Uint8Array {
  const text = decoder.decode(bytes)
  const pieces: string[] = []
  let copied = 0
  for (let start = text.indexOf('"'); start >= 0;) {
    const end = endOfString(text, start)
    if (end < 0) break
    const token = text.slice(start, end)
    const cleaned = cleanToken(token)
    if (cleaned !== token) {
      pieces.push(text.slice(copied, start), cleaned)
      copied = end
    }
    start = text.indexOf('"', end)
  }
  return copied === 0 ? bytes : new TextEncoder().encode(pieces.join('') + text.slice(copied))
}

/** Index after the closing quote, or -1 if there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]
    if (char === '"') return at + 1
    if (char === '\\') at++
  }
  return -1
}

function cleanToken(token: string): string {
  if (!/[\\/]/.test(token)) return token
  const value = parseToken(token)
  if (value === undefined) return token
  const named = value.replace(FILE_LINE, (_line, start: string, file: string) => start + fileName(file))
  const cleaned = fileName(named)
  return cleaned === value ? token : JSON.stringify(cleaned)
}

/** The last segment of an absolute path; other text unchanged. */
function fileName(text: string): string {
  if (!ABSOLUTE.test(text) || /[\r\n]/.test(text)) return text
  const name = text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1)
  return name === '' ? text : name
}

function parseToken(token: string): string | undefined {
  try {
    return JSON.parse(token) as string
  } catch {
    return undefined
  }
}
