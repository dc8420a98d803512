/** Detects files and directories that another user of the machine could have written, by POSIX ownership and mode. */
import { errorCase } from './error-cases.ts'
import { AppError } from './errors.ts'
import { toShellWord } from './quote.ts'
import { systemErrorCode } from './system-error.ts'
import type { KeyedText } from './words.ts'

/** Ownership and mode of a file or directory (not following links). */
export interface FileFacts {
  readonly uid: number
  readonly mode: number
}

const WRITABLE_BY_OTHERS = 0o022
const ALL_OF_OTHERS = 0o077

/**
 * Why a file or directory cannot be trusted and what to do.
 * @param uid of this process
 * @returns `null` if it belongs to this user or root and nobody else can write to it
 */
export function ownershipProblem(path: string, facts: FileFacts, uid: number): KeyedText | null {
  if (facts.uid !== uid && facts.uid !== 0)
    return errorCase('case.dataDir.foreign', { path, uid: String(facts.uid) })
  if ((facts.mode & WRITABLE_BY_OTHERS) === 0) return null
  return errorCase('case.dataDir.writable', { path, word: toShellWord(path) })
}

/** The same for an open file of the data directory. @param uid `undefined` on Windows, which has no owners or modes */
export function fileProblem(
  path: string,
  stats: FileFacts & { isFile(): boolean },
  uid: number | undefined,
): KeyedText | null {
  if (!stats.isFile()) return errorCase('case.dataDir.notAFile', { path })
  return uid === undefined ? null : ownershipProblem(path, stats, uid)
}

/** Whether a path is on a read-only mount, whatever its mode: Kubernetes mounts secrets with permissive modes. */
export function isReadOnly(accessForWriting: Promise<void>): Promise<boolean> {
  return accessForWriting.then(
    () => false,
    (cause: unknown) => systemErrorCode(cause) === 'EROFS',
  )
}

/** Refuses to use a data directory because of a problem found here. */
export function unsafeDataDir(problem: KeyedText): AppError {
  return new AppError('CONFIG_INVALID', errorCase('case.dataDir', { problem }))
}

/** The problem of a symbolic link, which could point anywhere. */
export function linkProblem(path: string): KeyedText {
  return errorCase('case.dataDir.link', { path })
}

/** Whether this user's file is accessible to others. Root's files are left as the administrator set them. */
export function isLoose({ uid: owner, mode }: FileFacts, uid: number): boolean {
  return owner === uid && (mode & ALL_OF_OTHERS) !== 0
}
