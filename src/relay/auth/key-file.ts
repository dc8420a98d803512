import { constants } from 'node:fs'
import { access, lstat, open, stat, type FileHandle } from 'node:fs/promises'
import { AppError } from '../../shared/errors.ts'
import { isLoose, linkProblem, ownershipProblem } from '../../shared/own-file.ts'

/**
 * Checks that no other user can create a signing key in the directory, which need not exist. Skipped on Windows.
 * @throws AppError CONFIG_INVALID with one line that names the directory and the command to run
 */
export async function requireOwnKeyDir(dir: string): Promise<void> {
  const uid = process.getuid?.()
  const stats = await stat(dir).catch(() => undefined)
  if (uid === undefined || stats === undefined) return
  const problem = ownershipProblem(dir, stats, uid)
  if (problem !== null && !(await isReadOnly(dir))) throw refused(problem)
}

/** Kubernetes mounts secrets read-only with permissive modes. */
async function isReadOnly(path: string): Promise<boolean> {
  const cause: unknown = await access(path, constants.W_OK).catch((error: unknown) => error)
  return cause instanceof Error && 'code' in cause && cause.code === 'EROFS'
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
    if (!stats.isFile()) throw refused(`${path} is no file.`)
    const problem = uid === undefined ? null : ownershipProblem(path, stats, uid)
    if (problem !== null) throw refused(problem)
    if (uid !== undefined && isLoose(stats, uid)) await file.chmod(0o600)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Follows only root's links, which Kubernetes uses for secrets. */
async function openKeyFile(path: string): Promise<FileHandle | undefined> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (stats === undefined) return undefined
  const isRoots = stats.uid === 0 && process.getuid?.() !== 0
  if (stats.isSymbolicLink() && !isRoots) throw refused(linkProblem(path))
  // Opening a pipe without a writer must not block.
  return open(
    path,
    constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (isRoots ? 0 : (constants.O_NOFOLLOW ?? 0)),
  )
}

function refused(problem: string): AppError {
  return new AppError('CONFIG_INVALID', `--data-dir: ${problem}`)
}
