import { constants } from 'node:fs'
import { access, lstat, open, stat, type FileHandle } from 'node:fs/promises'

import {
  fileProblem,
  isLoose,
  isReadOnly,
  linkProblem,
  ownershipProblem,
  unsafeDataDir,
} from '../../shared/own-file.ts'
import { systemErrorCode } from '../../shared/system-error.ts'

/**
 * Checks that no other user can create files in the data directory: a planted `keys.json` would open this machine.
 * Skipped on Windows, which has no POSIX modes.
 * @throws AppError CONFIG_INVALID with one line that names the directory and the command to run
 */
export async function requireOwnDir(dataDir: string): Promise<void> {
  const uid = process.getuid?.()
  if (uid === undefined) return
  const link = await lstat(dataDir)
  // A link's mode is meaningless; its owner controls its target.
  const problem =
    ownershipProblem(dataDir, { uid: link.uid, mode: 0 }, uid) ??
    ownershipProblem(dataDir, await stat(dataDir), uid)
  if (problem !== null && !(await isReadOnly(access(dataDir, constants.W_OK)))) throw unsafeDataDir(problem)
}

/** Windows has neither flag. Opening a pipe without a writer must not block. */
const READ_ITSELF = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * Reads a file of the data directory.
 * @param mayMend whether to remove other users' read access
 * @throws AppError CONFIG_INVALID if others could have written it, or the file system's error
 */
export async function readOwnFile(path: string, mayMend: boolean): Promise<string> {
  const file = await openItself(path)
  try {
    await checkFile(file, path, mayMend)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/**
 * Checks a file of the data directory that a library will open by its path, if it exists. Nobody else can replace it
 * afterwards, because the directory is this user's.
 * @throws AppError CONFIG_INVALID if others could have written it
 */
export async function checkOwnFile(path: string): Promise<void> {
  const file = await openItself(path).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw cause
  })
  if (file === null) return
  try {
    await checkFile(file, path, true)
  } finally {
    await file.close()
  }
}

async function openItself(path: string): Promise<FileHandle> {
  try {
    return await open(path, READ_ITSELF)
  } catch (cause) {
    if (systemErrorCode(cause) === 'ELOOP') throw unsafeDataDir(linkProblem(path))
    throw cause
  }
}

async function checkFile(file: FileHandle, path: string, mayMend: boolean): Promise<void> {
  const stats = await file.stat()
  const uid = process.getuid?.()
  const problem = fileProblem(path, stats, uid)
  if (problem !== null) throw unsafeDataDir(problem)
  if (mayMend && uid !== undefined && isLoose(stats, uid)) await file.chmod(0o600)
}
