import type { AppError } from '../shared/errors.ts'
import { escapeUnprintable } from '../shared/plain-text.ts'
import { fitted, term, type TerminalText } from './terminal-text.ts'

/** Words for people. A bare string is taken for a value from elsewhere: one line, without control characters. */
export type Words = string | TerminalText

/**
 * Where a command speaks, and the only way to the terminal: people get words, scripts one JSON object a line and nothing
 * else. What others wrote cannot act there.
 */
export interface Output {
  readonly isJson: boolean
  /** On a terminal that can rewrite its last line. */
  readonly isLive: boolean
  /** For scripts. Nothing happens for people. */
  json(value: object): void
  /** For people. Nothing happens for scripts. */
  say(words: Words): void
  /** What somebody has to know in either case, on stderr. */
  warn(words: Words): void
  /** A question to the person at the terminal, on stderr; the answer follows on the same line. */
  ask(words: Words): void
  /** Keeps this line below everything else, where `isLive`. */
  showLive(line: string): void
  /** Leaves the live line where it is and begins a new one. */
  endLive(): void
}

/** What is needed of `process`. */
export interface Streams {
  readonly stdout: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>
  readonly stderr: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>
  readonly env: NodeJS.ProcessEnv
}

const CLEAR_LINE = '\r\u001B[2K'

export function createOutput(isJson: boolean, { stdout, stderr, env }: Streams = process): Output {
  const isLive = !isJson && stdout.isTTY && env['TERM'] !== 'dumb'
  let live = ''
  const draw = (): void => {
    if (live !== '') stdout.write(`${CLEAR_LINE}${fitted(live, columnsOf(stdout))}`)
  }
  const printAbove = (stream: Streams['stderr'], words: Words): void => {
    if (live !== '' && stream.isTTY) stdout.write(CLEAR_LINE)
    stream.write(`${term`${words}`.text}\n`)
    draw()
  }
  return {
    isJson,
    isLive,
    json: (value) => void (isJson && stdout.write(`${escapeUnprintable(JSON.stringify(value))}\n`)),
    say: (words) => (isJson ? undefined : printAbove(stdout, words)),
    warn: (words) => printAbove(stderr, words),
    ask: (words) => void stderr.write(term`${words}`.text),
    showLive(line) {
      if (!isLive || line === live) return
      live = line
      draw()
    },
    endLive() {
      if (live !== '') stdout.write('\n')
      live = ''
    },
  }
}

/** Of one row: what wraps cannot be cleared. A terminal that does not know its width says 0. */
function columnsOf({ columns }: Streams['stdout']): number {
  return (columns || 80) - 1
}

/** 2 for wrong usage or configuration, 1 for a failure. */
export function exitCodeFor(error: AppError): number {
  return error.entry.kind === 'config' || error.code === 'NOT_PAIRED' ? 2 : 1
}
