import { destination } from 'pino'
import { createLogger } from '../bridge/log/pino-logger.ts'
import { AppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'

/**
 * The audit logger: writes to its own destination regardless of `LOG_LEVEL`, or to the general log.
 * @param place `stderr`, or a file to append to
 * @throws AppError CONFIG_INVALID if the file cannot be written
 */
export function auditLoggerFor(place: string | undefined, logger: Logger): Logger {
  if (place === undefined) return logger
  const output = place === 'stderr' ? {} : { output: openFile(place, logger) }
  return createLogger({ level: 'info', format: 'json', ...output })
}

function openFile(dest: string, logger: Logger) {
  try {
    const file = destination({ dest, append: true, sync: true, mode: 0o600 })
    // A full disk must not stop the relay.
    return file.on('error', (cause: unknown) => logger.error({ cause }, 'audit log write failed'))
  } catch (cause) {
    const { message } = cause as Error
    throw new AppError('CONFIG_INVALID', `AUDIT_LOG must be a writable file: ${message}`, {
      cause,
    })
  }
}
