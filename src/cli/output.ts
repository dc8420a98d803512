import type { AppError } from '../shared/errors.ts'

/** Where a command speaks: people get words, scripts one JSON object a line and nothing else. */
export interface Output {
  readonly isJson: boolean
  /** On a terminal that can rewrite its last line. */
  readonly isLive: boolean
  /** For scripts. Nothing happens for people. */
  json(value: object): void
  /** For people. Nothing happens for scripts. */
  say(text: string): void
  /** What somebody has to know in either case, on stderr. */
  warn(text: string): void
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
    if (live !== '') stdout.write(`${CLEAR_LINE}${fitted(live, stdout.columns)}`)
  }
  const printAbove = (stream: Streams['stderr'], text: string): void => {
    if (live !== '' && stream.isTTY) stdout.write(CLEAR_LINE)
    stream.write(`${text}\n`)
    draw()
  }
  return {
    isJson,
    isLive,
    json: (value) => void (isJson && stdout.write(`${JSON.stringify(value)}\n`)),
    say: (text) => (isJson ? undefined : printAbove(stdout, text)),
    warn: (text) => printAbove(stderr, text),
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

/** Cut to one row: what wraps cannot be cleared. A terminal that does not know its width says 0. */
function fitted(line: string, columns: number): string {
  const width = columns || 80
  return line.length < width ? line : `${line.slice(0, width - 2)}…`
}

/** 2 for wrong usage or configuration, 1 for a failure. */
export function exitCodeFor(error: AppError): number {
  return error.entry.kind === 'config' || error.code === 'NOT_PAIRED' ? 2 : 1
}
