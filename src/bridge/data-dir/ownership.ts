import { constants } from 'node:fs'
import { access, lstat, open, stat, type FileHandle } from 'node:fs/promises'

import { AppError } from '../../shared/errors.ts'
import { isLoose, linkProblem, ownershipProblem } from '../../shared/own-file.ts'

/**
 * Whether nobody else can put files into the data directory: a planted `keys.json` would open this machine. Not judged on
 * Windows, which has no such modes.
 * @throws AppError CONFIG_INVALID: one line that names the directory and what to run
 */
export async function requireOwnDir(dataDir: string): Promise<void> {
  const uid = process.getuid?.()
  if (uid === undefined) return
  const link = await lstat(dataDir)
  // A link has no mode that means anything; who made it decides where it leads.
  const problem =
    ownershipProblem(dataDir, { uid: link.uid, mode: 0 }, uid) ??
    ownershipProblem(dataDir, await stat(dataDir), uid)
  if (problem !== null && !(await isReadOnly(dataDir))) throw refused(problem)
}

/** Mounted so that nobody can write, whatever the mode says. */
async function isReadOnly(path: string): Promise<boolean> {
  const cause: unknown = await access(path, constants.W_OK).catch((error: unknown) => error)
  return cause instanceof Error && 'code' in cause && cause.code === 'EROFS'
}

/** Windows has neither. A pipe without a writer must not hold us up. */
const READ_ITSELF = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * A file of the data directory.
 * @param mayMend whether a file that others may read is taken from them
 * @throws AppError CONFIG_INVALID where others could have written it; whatever the file system throws
 */
export async function readOwnFile(path: string, mayMend: boolean): Promise<string> {
  const file = await openItself(path)
  try {
    await judge(file, path, mayMend)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

async function openItself(path: string): Promise<FileHandle> {
  try {
    return await open(path, READ_ITSELF)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ELOOP') throw refused(linkProblem(path))
    throw cause
  }
}

async function judge(file: FileHandle, path: string, mayMend: boolean): Promise<void> {
  const stats = await file.stat()
  const uid = process.getuid?.()
  if (!stats.isFile()) throw refused(`${path} is no file.`)
  if (uid === undefined) return
  const problem = ownershipProblem(path, stats, uid)
  if (problem !== null) throw refused(problem)
  if (mayMend && isLoose(stats, uid)) await file.chmod(0o600)
}

function refused(problem: string): AppError {
  return new AppError('CONFIG_INVALID', `--data-dir: ${problem}`)
}
