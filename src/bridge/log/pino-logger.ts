import { destination, type DestinationStream, type Level, pino } from 'pino'
import type { Logger } from '../../shared/logger.ts'
import { escapeUnprintable } from '../../shared/plain-text.ts'
import { redactFields, redactText } from '../../shared/redact.ts'

export interface PinoLoggerOptions {
  readonly level: Level | 'silent'
  /** One JSON object per line, or human-readable lines. */
  readonly format: 'json' | 'text'
  /** Defaults to stderr. */
  readonly output?: DestinationStream
}

/** The logger of both ends. Secrets are redacted before anything is written. */
export function createLogger({ level, format, output }: PinoLoggerOptions): Logger {
  const stderr = output ?? destination({ fd: 2, sync: true })
  return toLogger(
    pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      // Escaping keeps the JSON equivalent and terminal control sequences inert.
      {
        write: (line) =>
          stderr.write(escapeUnprintable(format === 'json' ? line.trimEnd() : toText(line)) + '\n'),
      },
    ),
  )
}

function toLogger(log: pino.Logger): Logger {
  const at =
    (level: Level) =>
    (fields: object, message: string): void => {
      if (log.isLevelEnabled(level)) log[level](redactFields(fields), redactText(message))
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => toLogger(log.child(redactFields(fields))),
  }
}

function toText(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
  const facts = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
  return `${String(time)} ${String(level).padEnd(5)} ${String(msg)}${facts.join('')}`
}
