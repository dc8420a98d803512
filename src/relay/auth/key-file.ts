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
 * Checks that no other user can create a signing key in the directory, which need not exist. Skipped on Windows.
 * @throws AppError CONFIG_INVALID with one line that names the directory and the command to run
 */
export async function requireOwnKeyDir(dir: string): Promise<void> {
  const uid = process.getuid?.()
  const stats = await stat(dir).catch(() => undefined)
  if (uid === undefined || stats === undefined) return
  const problem = ownershipProblem(dir, stats, uid)
  if (problem !== null && !(await isReadOnly(access(dir, constants.W_OK)))) throw unsafeDataDir(problem)
}

/**
 * The content of a key file; `undefined` if it does not exist. Removes other users' read access.
 * @throws AppError CONFIG_INVALID if others could have written it, or the file system's error
 */
export async function readKeyFile(path: string): Promise<string | undefined> {
  const file = await openKeyFile(path)
  if (file === undefined) return undefined
  try {
    const stats = await file.stat()
    const uid = process.getuid?.()
    const problem = fileProblem(path, stats, uid)
    if (problem !== null) throw unsafeDataDir(problem)
    if (uid !== undefined && isLoose(stats, uid)) await file.chmod(0o600)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Follows only root's links, which Kubernetes uses for secrets. */
async function openKeyFile(path: string): Promise<FileHandle | undefined> {
  const stats = await lstat(path).catch((cause: unknown) => {
    if (systemErrorCode(cause) === 'ENOENT') return undefined
    throw cause
  })
  if (stats === undefined) return undefined
  const isRoots = stats.uid === 0 && process.getuid?.() !== 0
  if (stats.isSymbolicLink() && !isRoots) throw unsafeDataDir(linkProblem(path))
  // Opening a pipe without a writer must not block.
  return open(
    path,
    constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (isRoots ? 0 : (constants.O_NOFOLLOW ?? 0)),
  )
}
