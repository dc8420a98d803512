import type { AppError } from '../shared/errors.ts'
import { escapeUnprintable } from '../shared/plain-text.ts'
import { fitted, term, type TerminalText } from './terminal-text.ts'

/** Human-readable text. A bare string is treated as an untrusted value: one line, without control characters. */
export type Printed = string | TerminalText

/**
 * A command's output, and the only access to the terminal: text for people, or one JSON object per line and nothing
 * else for scripts. Untrusted text cannot control the terminal.
 */
export interface Output {
  readonly isJson: boolean
  /** Whether stdout shows colours and bold text. */
  readonly isStyled: boolean
  /** Whether the terminal can rewrite its last line. */
  readonly isLive: boolean
  /** Width of wrapped text: the terminal's, at most 80. */
  readonly columns: number
  /** Printed only with `--json`. */
  json(value: object): void
  /** Printed only without `--json`. */
  say(words: Printed): void
  /** Printed to stderr in either mode. */
  warn(words: Printed): void
  /** A prompt on stderr; the answer follows on the same line. */
  ask(words: Printed): void
  /** Keeps this line below all other output, if `isLive`. */
  showLive(line: string): void
  /** Finishes the live line and begins a new one. */
  endLive(): void
  /** Calls back once the system has taken what was printed. */
  flush(done: () => void): void
}

/** The used part of `process`. */
export interface Streams {
  readonly stdout: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>
  readonly stderr: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>
  readonly env: NodeJS.ProcessEnv
}

/** Common width of terminals. */
const COLUMNS = 80
const CLEAR_LINE = '\r\u001B[2K'

export function createOutput(isJson: boolean, { stdout, stderr, env }: Streams = process): Output {
  const isLive = !isJson && stdout.isTTY && env['TERM'] !== 'dumb'
  let live = ''
  const draw = (): void => {
    if (live !== '') stdout.write(`${CLEAR_LINE}${fitted(live, columnsOf(stdout))}`)
  }
  const printAbove = (stream: Streams['stderr'], words: Printed): void => {
    if (live !== '' && stream.isTTY) stdout.write(CLEAR_LINE)
    stream.write(`${withCommand(term`${words}`.text, env)}\n`)
    draw()
  }
  return {
    isJson,
    isStyled: isLive && (env['NO_COLOR'] ?? '') === '',
    isLive,
    columns: Math.min(stdout.columns || COLUMNS, COLUMNS),
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
    flush: (done) => void stdout.write('', done),
  }
}

/** The command that starts this program. A checkout's scripts set it, since it has no `cloudtolocalllm` on the PATH. */
export function commandName(env: NodeJS.ProcessEnv): string {
  return env['CLOUDTOLOCALLLM_COMMAND'] || 'cloudtolocalllm'
}

/** Rewrites suggested commands so that they can be run here. */
function withCommand(text: string, env: NodeJS.ProcessEnv): string {
  return text.replaceAll(/(?<![\w./-])cloudtolocalllm(?= [a-z])/g, () => commandName(env))
}

/** Columns of one row: wrapped text cannot be cleared. A terminal of unknown width reports 0. */
function columnsOf({ columns }: Streams['stdout']): number {
  return (columns || COLUMNS) - 1
}

/** 2 for wrong usage or configuration, 1 for a failure. */
export function exitCodeFor(error: AppError): number {
  return error.entry.kind === 'config' || error.code === 'NOT_PAIRED' ? 2 : 1
}
