import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createDirectory } from '../shared/directory.ts'

/** Creates a directory with its parents, accessible to this user only, unless it exists. @throws the file system's error */
export function createPrivateDir(path: string): void {
  createDirectory(path, { mkdirSync, existsSync, statSync, dirname })
}

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
  createPrivateDir(dirname(path))
  const draft = `${path}.${randomUUID()}`
  try {
    await createSynced(draft, text)
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}
