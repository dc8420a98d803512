import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { systemErrorCode } from '../../shared/system-error.ts'
import { replaceSynced } from '../synced-file.ts'

const FILE = 'revoked.json'
const Contents = z.object({ version: z.literal(1), devices: z.array(z.string()) })

/** Persists revocations across restarts: `<dataDir>/revoked.json`, mode 0600. */
export class RevocationFile {
  readonly #path: string
  #writing: Promise<unknown> = Promise.resolve()

  constructor(dataDir: string) {
    this.#path = join(dataDir, FILE)
  }

  /**
   * @returns an empty list if there is no file
   * @throws AppError CONFIG_INVALID if the file cannot be read, since continuing would accept revoked devices
   */
  async read(): Promise<readonly string[]> {
    try {
      return Contents.parse(JSON.parse(await readFile(this.#path, 'utf8'))).devices
    } catch (cause) {
      if (systemErrorCode(cause) === 'ENOENT') return []
      throw new AppError(
        'CONFIG_INVALID',
        `--data-dir: ${this.#path} cannot be read. Restore it; without it, revoked devices could connect again.`,
        { cause },
      )
    }
  }

  /** Replaces the whole file; writes are serialized. Rejects if it cannot be written. */
  write(devices: readonly string[]): Promise<void> {
    const written = this.#writing.then(() =>
      replaceSynced(this.#path, `${JSON.stringify({ version: 1, devices })}\n`),
    )
    this.#writing = written.catch(() => {})
    return written
  }
}
