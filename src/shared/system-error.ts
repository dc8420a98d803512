import { errorCase } from './error-cases.ts'
import { AppError } from './errors.ts'
import type { KeyedText } from './words.ts'

/** The operating system's code of an error, such as `ENOENT`; `undefined` if it has none. */
export function systemErrorCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
}

/** The problem with a path and its fix, by the operating system's error code. */
const FILE_TROUBLES: ReadonlyMap<string | undefined, KeyedText> = new Map([
  ['ENOSPC', errorCase('case.file.diskFull')],
  ['EDQUOT', errorCase('case.file.diskFull')],
  ['EROFS', errorCase('case.file.readOnly')],
  ['EACCES', errorCase('case.file.denied')],
  ['EPERM', errorCase('case.file.denied')],
  ['ENOENT', errorCase('case.file.missing')],
  ['ENOTDIR', errorCase('case.file.notADirectory')],
])

/** The path cannot be used. In a terminal, errors without a known code keep their own message. */
export function fileTroubleWords(path: string, cause: unknown): KeyedText {
  const message = cause instanceof Error ? cause.message : String(cause)
  const reason = FILE_TROUBLES.get(systemErrorCode(cause)) ?? errorCase('case.file.other', { message })
  return errorCase('case.file.unusable', { path, reason })
}

/** The error for a path that cannot be used. @param cause returned unchanged if it is an `AppError` */
export function unusableFile(path: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause
  return new AppError('CONFIG_INVALID', fileTroubleWords(path, cause), { cause })
}
