const UNREACHABLE = 'The update server cannot be reached.'
const NO_RELEASE = 'There is no release for this system on this channel yet.'
const NOT_WRITABLE =
  'The app may not replace its own file. Move it to a folder of your own, or update it by hand.'

/** By the codes of electron-updater, of its HTTP client and of the system. */
const TEXTS: Readonly<Record<string, string>> = {
  ERR_CHECKSUM_MISMATCH: 'The download is not what was released, so it was thrown away.',
  ERR_UPDATER_CHANNEL_FILE_NOT_FOUND: NO_RELEASE,
  ERR_UPDATER_LATEST_VERSION_NOT_FOUND: NO_RELEASE,
  ERR_UPDATER_NO_PUBLISHED_VERSIONS: NO_RELEASE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  ECONNREFUSED: UNREACHABLE,
  ECONNRESET: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
  ENOSPC: 'There is no room left on the disk.',
  EACCES: NOT_WRITABLE,
  EPERM: NOT_WRITABLE,
  EROFS: NOT_WRITABLE,
}

/** One sentence for people; the log has the rest. */
export function toFailureText(cause: unknown): string {
  const { code, message } = cause instanceof Error ? (cause as NodeJS.ErrnoException) : {}
  const known = code === undefined ? undefined : TEXTS[code]
  if (known !== undefined) return known
  // Chromium's network stack has no codes, and a server in trouble has many.
  const isUnreachable = /^net::ERR_|timed out|aborted by the server/.test(message ?? '')
  if (isUnreachable || /^HTTP_ERROR_5\d\d$/.test(code ?? '')) return UNREACHABLE
  return 'Something went wrong; the log says what.'
}
