import { errorWords } from '../../shared/errors.ts'
import { keyedTexts, type KeyedText, type TextTable } from '../../shared/words.ts'

/** Why an update failed, and what to do. */
export const UPDATE_FAILURES = {
  'updateFailure.unreachable':
    'The update server cannot be reached. Check this computer’s internet connection.',
  'updateFailure.noRelease': 'This channel has no release for this system yet. Try again later.',
  'updateFailure.incomplete': 'The release is incomplete. Try again later.',
  'updateFailure.altered': 'The download does not match the release, so it was discarded. Try again later.',
  'updateFailure.notWritable':
    'The app is not allowed to replace its own file. Move it to a folder that you own, or update it manually.',
  'updateFailure.readOnly':
    'The app is on a volume that cannot be written to. Move it to a folder that you own, and try again.',
  'updateFailure.diskFull': 'The disk is full. Free some space, and try again.',
  'updateFailure.refused':
    'The update server refused the request. Try again later, or download the new version manually.',
  'updateFailure.proxyPassword':
    'The proxy requires a user name and password. Set them in your system’s proxy settings, and try again.',
  'updateFailure.proxyGone': 'The proxy cannot be reached. Check your system’s proxy settings.',
  'updateFailure.unknownAuthority':
    'The update server’s certificate is not from an authority that this computer trusts. If software on this computer or network inspects TLS, add its certificate to the system.',
  'updateFailure.certificate':
    'The update server’s certificate is not valid. Check this computer’s clock, and try again.',
  'updateFailure.notSigned':
    'The new version is not signed by the publisher of this one, so it was not installed. Download it from the project’s page.',
  'updateFailure.dismissed':
    'The administrator’s password was not entered, so nothing was installed. Try again when you have it.',
  'updateFailure.notAuthorized':
    'This account is not allowed to install software, or the app could not ask for the password. Install the package manually.',
  'updateFailure.cannotAsk':
    'No program on this computer can ask for the administrator’s password. Install pkexec, or install the package manually.',
  'updateFailure.packageManager':
    'The package manager could not install the new version. Install the package manually.',
} as const satisfies TextTable

const failureWords = keyedTexts(UPDATE_FAILURES)

type Failure = keyof typeof UPDATE_FAILURES extends `updateFailure.${infer Name}` ? Name : never

interface Cause {
  readonly when: RegExp
  readonly failure: Failure
}

/**
 * Matches the code, name and message of errors from electron-updater, its HTTP client, Chromium, Squirrel and the
 * system. Providers wrap the original error in their own "not found", which contains its text, so causes come before
 * symptoms.
 */
const CAUSES: readonly Cause[] = [
  { when: /read-only volume|\bEROFS\b|Read-only file system/, failure: 'readOnly' },
  { when: /\bENOSPC\b|\bEDQUOT\b|No space left on device|ERR_FILE_NO_SPACE/, failure: 'diskFull' },
  { when: /\b(?:EACCES|EPERM)\b|mv: .*(?:Permission denied|not permitted)/, failure: 'notWritable' },
  {
    when: /ERR_UPDATER_INVALID_SIGNATURE|did not pass validation|Get-AuthenticodeSignature/,
    failure: 'notSigned',
  },
  { when: /checksum mismatch|ERR_CHECKSUM_MISMATCH/i, failure: 'altered' },
  { when: /Command pkexec exited with code 126\b/, failure: 'dismissed' },
  { when: /Command pkexec exited with code 127\b/, failure: 'notAuthorized' },
  { when: /Command sudo exited with code|\b(?:pkexec|sudo) ENOENT\b/, failure: 'cannotAsk' },
  { when: /Command \S+ exited with code|Neither dpkg nor apt/, failure: 'packageManager' },
  {
    when: /ERR_PROXY_AUTH|ERR_UNEXPECTED_PROXY_AUTH|ERR_MISSING_AUTH_CREDENTIALS|HTTP_ERROR_407|HttpError: 407/,
    failure: 'proxyPassword',
  },
  {
    when: /ERR_PROXY|ERR_TUNNEL_CONNECTION_FAILED|ERR_NO_SUPPORTED_PROXIES|ERR_MANDATORY_PROXY/,
    failure: 'proxyGone',
  },
  {
    when: /ERR_CERT_AUTHORITY_INVALID|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF/,
    failure: 'unknownAuthority',
  },
  {
    when: /net::ERR_(?:CERT|SSL)_|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|ERR_TLS_CERT_ALTNAME/,
    failure: 'certificate',
  },
  { when: /HTTP_ERROR_(?:401|403|429|451)|HttpError: (?:401|403|429|451)/, failure: 'refused' },
  {
    when: /HTTP_ERROR_5\d\d|HttpError: 5\d\d|\bnet::ERR_|\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET)\b/,
    failure: 'unreachable',
  },
  {
    when: /\b(?:ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EPIPE)\b|timed out|aborted by the server/,
    failure: 'unreachable',
  },
  {
    when: /ERR_UPDATER_(?:CHANNEL_FILE_NOT_FOUND|LATEST_VERSION_NOT_FOUND|NO_PUBLISHED_VERSIONS)/,
    failure: 'noRelease',
  },
  { when: /HTTP_ERROR_404|HttpError: 404|ERR_UPDATER_|Cannot parse/, failure: 'incomplete' },
]

/** Messages may contain whole server responses; the relevant part is at the beginning. */
const MAX_CHARS = 4_000

/** The failure and its fix for display; the log has the details. */
export function toFailureWords(cause: unknown): KeyedText {
  const said = wordsOf(cause)
  const known = CAUSES.find(({ when }) => when.test(said))
  return known === undefined ? errorWords('INTERNAL') : failureWords(`updateFailure.${known.failure}`)
}

function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return ''
  const { code = '', message } = cause as NodeJS.ErrnoException
  return `${code} ${message}`.slice(0, MAX_CHARS)
}
