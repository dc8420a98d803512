/** The operating system's code of an error, such as `ENOENT`; `undefined` if it has none. */
export function systemErrorCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
}
