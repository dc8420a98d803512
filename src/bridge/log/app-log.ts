import { join } from 'node:path'

import type { Logger } from '../../shared/logger.ts'
import { createLogger, type PinoLoggerOptions } from './pino-logger.ts'
import { RolledFile } from './rolled-file.ts'

/** The log of the desktop app: files on disk, and the last lines in memory for bug reports. */
export interface AppLog {
  readonly logger: Logger
  /** The log directory; the newest file is `app.log`. */
  readonly dir: string
  /** The last lines of this run, oldest first, redacted. */
  lines(): readonly string[]
  close(): void
}

const MAX_LINES = 2_000

/** @param level from the settings or the environment */
export function openAppLog(dataDir: string, level: PinoLoggerOptions['level'] = 'info'): AppLog {
  const dir = join(dataDir, 'logs')
  const file = new RolledFile({ dir, name: 'app' })
  const lines: string[] = []
  const write = (line: string): void => {
    file.write(line)
    lines.push(line.trimEnd())
    // Trim in batches: shifting two thousand lines for each new one would cost more than the line.
    if (lines.length >= 2 * MAX_LINES) lines.splice(0, lines.length - MAX_LINES)
  }
  return {
    logger: createLogger({ level, format: 'text', output: { write } }),
    dir,
    lines: () => lines.slice(-MAX_LINES),
    close: () => file.close(),
  }
}
