import { errorCase } from './error-cases.ts'
import type { Words } from './words.ts'

/** The operating system's code of an error, such as `ENOENT`; `undefined` if it has none. */
export function systemErrorCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
}

/** The problem with a path and its fix, by the operating system's error code. */
const FILE_TROUBLES: ReadonlyMap<string | undefined, Words> = new Map([
  ['ENOSPC', errorCase('case.file.diskFull')],
  ['EDQUOT', errorCase('case.file.diskFull')],
  ['EROFS', errorCase('case.file.readOnly')],
  ['EACCES', errorCase('case.file.denied')],
  ['EPERM', errorCase('case.file.denied')],
  ['ENOTDIR', errorCase('case.file.notADirectory')],
])

/** The path cannot be used. Errors without a known code keep their own message. */
export function fileTroubleWords(path: string, cause: unknown): Words {
  const message = cause instanceof Error ? cause.message : String(cause)
  const reason = FILE_TROUBLES.get(systemErrorCode(cause)) ?? message
  return errorCase('case.file.unusable', { path, reason })
}
