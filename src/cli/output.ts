import type { AppError } from '../shared/errors.ts'

/** Where a command speaks: people get words, scripts one JSON object a line and nothing else. */
export interface Output {
  readonly isJson: boolean
  /** For scripts. Nothing happens for people. */
  json(value: object): void
  /** For people. Nothing happens for scripts. */
  say(text: string): void
  /** What somebody has to know in either case; on stderr for scripts. */
  warn(text: string): void
}

export function createOutput(isJson: boolean): Output {
  return {
    isJson,
    json(value) {
      if (isJson) process.stdout.write(`${JSON.stringify(value)}\n`)
    },
    say(text) {
      if (!isJson) process.stdout.write(`${text}\n`)
    },
    warn(text) {
      process.stderr.write(`${text}\n`)
    },
  }
}

/** 2 for wrong usage or configuration, 1 for a failure. */
export function exitCodeFor(error: AppError): number {
  return error.entry.kind === 'config' || error.code === 'NOT_PAIRED' ? 2 : 1
}
