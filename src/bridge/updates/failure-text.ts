const UNREACHABLE = 'The update server cannot be reached. Check this computer’s connection to the internet.'
const NO_RELEASE = 'There is no release for this system on this channel yet.'
const INCOMPLETE = 'The release is incomplete. Try again later.'
const NOT_OURS = 'The download does not match the release, so it was discarded. Try again later.'
const NOT_WRITABLE =
  'The app may not replace its own file. Move it to a folder of your own, or update it manually.'
const READ_ONLY =
  'The app is on a volume that cannot be written to. Move it to a folder of your own, and try again.'
const DISK_FULL = 'The disk is full. Free some space, and try again.'
const REFUSED =
  'The update server refused the request. Try again later, or download the new version manually.'
const PROXY_PASSWORD =
  'The proxy requires a user name and password. Set them in your system’s proxy settings, and try again.'
const PROXY_GONE = 'The proxy cannot be reached. Check your system’s proxy settings.'
const UNKNOWN_AUTHORITY =
  'The update server’s certificate is not from an authority that this computer trusts. If software on this computer or network inspects TLS, add its certificate to the system.'
const CERTIFICATE =
  'The update server’s certificate is not valid. Check this computer’s clock, and try again.'
const NOT_SIGNED =
  'The new version is not signed by the publisher of this one, so it was not installed. Download it from the project’s page.'
const DISMISSED =
  'The administrator’s password was not given, so nothing was installed. Try again when you have it.'
const NOT_AUTHORIZED =
  'This account may not install software, or there was no way to ask for the password. Install the package manually.'
const NO_ASKING =
  'No program on this computer can ask for the administrator’s password. Install pkexec, or install the package manually.'
const PACKAGE_MANAGER = 'The package manager could not install the new version. Install the package manually.'

interface Cause {
  readonly when: RegExp
  readonly text: string
}

/**
 * Matches the code, name and message of errors from electron-updater, its HTTP client, Chromium, Squirrel and the
 * system. Providers wrap the original error in a "not found" of their own that contains its text, so causes come before
 * symptoms.
 */
const CAUSES: readonly Cause[] = [
  { when: /read-only volume|\bEROFS\b|Read-only file system/, text: READ_ONLY },
  { when: /\bENOSPC\b|\bEDQUOT\b|No space left on device|ERR_FILE_NO_SPACE/, text: DISK_FULL },
  { when: /\b(?:EACCES|EPERM)\b|mv: .*(?:Permission denied|not permitted)/, text: NOT_WRITABLE },
  {
    when: /ERR_UPDATER_INVALID_SIGNATURE|did not pass validation|Get-AuthenticodeSignature/,
    text: NOT_SIGNED,
  },
  { when: /checksum mismatch|ERR_CHECKSUM_MISMATCH/i, text: NOT_OURS },
  { when: /Command pkexec exited with code 126\b/, text: DISMISSED },
  { when: /Command pkexec exited with code 127\b/, text: NOT_AUTHORIZED },
  { when: /Command sudo exited with code|\b(?:pkexec|sudo) ENOENT\b/, text: NO_ASKING },
  { when: /Command \S+ exited with code|Neither dpkg nor apt/, text: PACKAGE_MANAGER },
  {
    when: /ERR_PROXY_AUTH|ERR_UNEXPECTED_PROXY_AUTH|ERR_MISSING_AUTH_CREDENTIALS|HTTP_ERROR_407|HttpError: 407/,
    text: PROXY_PASSWORD,
  },
  {
    when: /ERR_PROXY|ERR_TUNNEL_CONNECTION_FAILED|ERR_NO_SUPPORTED_PROXIES|ERR_MANDATORY_PROXY/,
    text: PROXY_GONE,
  },
  {
    when: /ERR_CERT_AUTHORITY_INVALID|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF/,
    text: UNKNOWN_AUTHORITY,
  },
  {
    when: /net::ERR_(?:CERT|SSL)_|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|ERR_TLS_CERT_ALTNAME/,
    text: CERTIFICATE,
  },
  { when: /HTTP_ERROR_(?:401|403|429|451)|HttpError: (?:401|403|429|451)/, text: REFUSED },
  {
    when: /HTTP_ERROR_5\d\d|HttpError: 5\d\d|\bnet::ERR_|\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET)\b/,
    text: UNREACHABLE,
  },
  {
    when: /\b(?:ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EPIPE)\b|timed out|aborted by the server/,
    text: UNREACHABLE,
  },
  {
    when: /ERR_UPDATER_(?:CHANNEL_FILE_NOT_FOUND|LATEST_VERSION_NOT_FOUND|NO_PUBLISHED_VERSIONS)/,
    text: NO_RELEASE,
  },
  { when: /HTTP_ERROR_404|HttpError: 404|ERR_UPDATER_|Cannot parse/, text: INCOMPLETE },
]

/** Messages may contain whole server responses; the relevant part is at the beginning. */
const MAX_CHARS = 4_000

/** The failure and its fix for display; the log has the details. */
export function toFailureText(cause: unknown): string {
  const said = wordsOf(cause)
  return CAUSES.find(({ when }) => when.test(said))?.text ?? 'Something went wrong. The log has the details.'
}

function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return ''
  const { code = '', message } = cause as NodeJS.ErrnoException
  return `${code} ${message}`.slice(0, MAX_CHARS)
}
