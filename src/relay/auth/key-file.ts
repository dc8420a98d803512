import { constants } from 'node:fs'
import { access, lstat, open, stat, type FileHandle } from 'node:fs/promises'
import { AppError } from '../../shared/errors.ts'
import { isLoose, linkProblem, ownershipProblem } from '../../shared/own-file.ts'

/**
 * Whether nobody else can put a signing key into the directory. One that does not exist yet is fine. Not judged on Windows.
 * @throws AppError CONFIG_INVALID: one line that names the directory and what to run
 */
export async function requireOwnKeyDir(dir: string): Promise<void> {
  const uid = process.getuid?.()
  const stats = await stat(dir).catch(() => undefined)
  if (uid === undefined || stats === undefined) return
  const problem = ownershipProblem(dir, stats, uid)
  if (problem !== null && !(await isReadOnly(dir))) throw refused(problem)
}

/** Kubernetes mounts secrets so: everybody may write, and nobody can. */
async function isReadOnly(path: string): Promise<boolean> {
  const cause: unknown = await access(path, constants.W_OK).catch((error: unknown) => error)
  return cause instanceof Error && 'code' in cause && cause.code === 'EROFS'
}

/**
 * The text of a key file; `undefined` where there is none. One that others may read is taken from them.
 * @throws AppError CONFIG_INVALID where others could have written it; whatever the file system throws
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

/** Follows no link but one of root's: Kubernetes has its secrets behind those. */
async function openKeyFile(path: string): Promise<FileHandle | undefined> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (stats === undefined) return undefined
  const isRoots = stats.uid === 0 && process.getuid?.() !== 0
  if (stats.isSymbolicLink() && !isRoots) throw refused(linkProblem(path))
  // A pipe without a writer must not hold us up.
  return open(
    path,
    constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (isRoots ? 0 : (constants.O_NOFOLLOW ?? 0)),
  )
}

function refused(problem: string): AppError {
  return new AppError('CONFIG_INVALID', `--data-dir: ${problem}`)
}
