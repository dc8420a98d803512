import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Creates a file that only this user may read, and flushes it to disk. Rejects if it exists. */
export async function createSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Replaces a whole file, or creates it with its directory: a crash leaves the old content or the new. */
export async function replaceSynced(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}`
  try {
    await createSynced(draft, text)
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}
