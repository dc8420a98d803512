import { AppError, toAppError } from '../shared/errors.ts'
import { LOG_LEVELS, type Logger, type LogLevel } from '../shared/logger.ts'
import { redactText } from '../shared/redact.ts'
import { createOutput, exitCodeFor, type Output } from './output.ts'
import { exitIfAsked } from './shutdown.ts'
import { TerminalText } from './terminal-text.ts'

/** A command's work, with the level that the environment sets for its log. */
export type Work = (output: Output, level: LogLevel) => Promise<void>

/** Runs a command and turns an error into one line and an exit code. */
export async function runCommand(isJson: boolean, work: Work): Promise<void> {
  const output = createOutput(isJson)
  try {
    await work(output, logLevel())
  } catch (cause) {
    const error = toAppError(cause)
    const message = redactText(error.message)
    output.json({ event: 'error', code: error.code, message })
    // An error without a code is a bug: include the stack trace.
    const isOurs = error.code === 'INTERNAL' && cause instanceof Error
    output.warn(isOurs ? TerminalText.lines(redactText(cause.stack ?? message)) : message)
    process.exitCode = exitCodeFor(error)
  }
  exitIfAsked(output)
}

/** A logger for a command that logs: the others do not load it. */
export async function loggerFor(level: LogLevel, output: Output): Promise<Logger> {
  const { createLogger } = await import('../bridge/log/pino-logger.ts')
  return createLogger({ level, ...logFormat(output) })
}

/** Human-readable log lines pass through the output, which keeps them above the live line. */
function logFormat(output: Output) {
  if (output.isJson) return { format: 'json' } as const
  return { format: 'text', output: { write: (line: string) => output.warn(line.trimEnd()) } } as const
}

/** At a terminal only problems are logged; operators set LOG_LEVEL. */
function logLevel(): LogLevel {
  const asked = (process.env['LOG_LEVEL'] || 'warn').trim().toLowerCase()
  const level = LOG_LEVELS.find((known) => known === asked)
  if (level === undefined)
    throw new AppError('CONFIG_INVALID', `LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}`)
  return level
}
