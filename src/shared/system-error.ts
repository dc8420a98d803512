/** The operating system's code of an error, such as `ENOENT`; `undefined` if it has none. */
export function systemErrorCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
}

const DISK_IS_FULL = 'the disk is full. Free some space, then try again.'
const PERMISSION_DENIED = 'permission denied. Check its owner and permissions.'

/** The problem with a path and its fix, by the operating system's error code. */
const FILE_TROUBLES: ReadonlyMap<string | undefined, string> = new Map([
  ['ENOSPC', DISK_IS_FULL],
  ['EDQUOT', DISK_IS_FULL],
  ['EROFS', 'it is on a read-only file system. Choose another path, or make it writable.'],
  ['EACCES', PERMISSION_DENIED],
  ['EPERM', PERMISSION_DENIED],
  ['ENOTDIR', 'part of the path is a file. Choose another path.'],
])

/** Continues "<path> cannot be used: ". Errors without a known code keep their own message. */
export function fileTroubleOf(cause: unknown): string {
  return FILE_TROUBLES.get(systemErrorCode(cause)) ?? (cause instanceof Error ? cause.message : String(cause))
}
