import { setDefaultCACertificates } from 'node:tls'
import { caFor } from '../bridge/dial/certificate-authorities.ts'
import { createLogger } from '../bridge/log/pino-logger.ts'
import { AppError, toAppError } from '../shared/errors.ts'
import { LOG_LEVELS, type Logger, type LogLevel } from '../shared/logger.ts'
import { redactText } from '../shared/redact.ts'
import { createOutput, exitCodeFor, type Output } from './output.ts'
import { TerminalText } from './terminal-text.ts'

/** Runs a command and turns an error into one line and an exit code. */
export async function runCommand(
  isJson: boolean,
  work: (output: Output, logger: Logger) => Promise<void>,
): Promise<void> {
  const output = createOutput(isJson)
  try {
    setDefaultCACertificates(caFor(process.env))
    await work(output, loggerFor(logLevel(), output))
  } catch (cause) {
    const error = toAppError(cause)
    const message = redactText(error.message)
    output.json({ event: 'error', code: error.code, message })
    // An error without a code is a bug: include the stack trace.
    const isOurs = error.code === 'INTERNAL' && cause instanceof Error
    output.warn(isOurs ? TerminalText.lines(redactText(cause.stack ?? message)) : message)
    process.exitCode = exitCodeFor(error)
  }
}

export function loggerFor(level: LogLevel, output: Output): Logger {
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
