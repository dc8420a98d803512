import { execFileSync } from 'node:child_process'
import type { IncomingMessage } from 'node:http'
import { createHttpError, newError } from 'builder-util-runtime'
import { expect, it } from 'vitest'
import { errorWords } from '../../shared/errors.ts'
import { wordsFor } from '../../shared/words.ts'
import { toFailureWords } from './failure-text.ts'

const toFailureText = (cause: unknown) => wordsFor(toFailureWords(cause), 'app')

const coded = (code: string | number, message = 'x') => Object.assign(new Error(message), { code })

const http = (statusCode: number) =>
  createHttpError({
    statusCode,
    statusMessage: 'Message',
    headers: { server: 'x' },
  } as Partial<IncomingMessage> as IncomingMessage)
/** GitHub's provider wraps the original error. */
const wrapped = (cause: Error) =>
  newError(
    `Unable to find latest version on GitHub (https://github.com/x), please ensure a production release exists: ${cause.stack}`,
    'ERR_UPDATER_LATEST_VERSION_NOT_FOUND',
  )

/** The AppImage updater's error when `mv` fails, in Node's format. */
function failedMove(): unknown {
  try {
    return execFileSync(
      'sh',
      ['-c', `echo "mv: cannot move 'a' to 'b': $0" >&2; exit 1`, 'Read-only file system'],
      {
        stdio: 'pipe',
      },
    )
  } catch (cause) {
    return cause
  }
}

it.each<[string, unknown, RegExp]>([
  [
    'an unpacked AppImage on a DVD',
    coded('EROFS', "EROFS: read-only file system, link 'a' -> 'b'"),
    /volume .* Move it/,
  ],
  ['what mv says of one', failedMove(), /volume .* Move it/],
  [
    'Squirrel on a mounted image',
    coded(8, 'Cannot update while running on a read-only volume. The application is on a read-only volume.'),
    /volume .* Move it/,
  ],
  ['a full disk', coded('ENOSPC', 'ENOSPC: no space left on device, write'), /disk is full/],
  ['a quota', coded('EDQUOT', 'EDQUOT: disk quota exceeded, write'), /disk is full/],
  [
    'a file of root',
    coded('EACCES', "EACCES: permission denied, unlink '/opt/x.AppImage'"),
    /not allowed to replace/,
  ],
  ['a locked file', coded('EPERM', 'EPERM: operation not permitted, rename'), /not allowed to replace/],
  ['403', http(403), /refused/],
  ['403, wrapped', wrapped(http(403)), /refused/],
  ['too many requests', http(429), /refused/],
  ['404 of a file', http(404), /incomplete/],
  ['404 of a channel', wrapped(http(404)), /no release/],
  ['407', http(407), /proxy .*password/],
  ['407, as Chromium has it', new Error('net::ERR_PROXY_AUTH_UNSUPPORTED'), /proxy .*password/],
  ['a proxy that is gone', new Error('net::ERR_PROXY_CONNECTION_FAILED'), /proxy .*cannot be reached/],
  ['503', http(503), /server cannot be reached/],
  ['offline', new Error('net::ERR_INTERNET_DISCONNECTED'), /server cannot be reached.*connection/],
  ['offline, wrapped', wrapped(new Error('net::ERR_NAME_NOT_RESOLVED')), /server cannot be reached/],
  ['no DNS', coded('ENOTFOUND', 'getaddrinfo ENOTFOUND github.com'), /server cannot be reached/],
  ['a refused connection', coded('ECONNREFUSED'), /server cannot be reached/],
  ['silence', new Error('the download timed out'), /server cannot be reached/],
  ['an unknown authority', new Error('net::ERR_CERT_AUTHORITY_INVALID'), /authority .*trusts.*add/i],
  [
    'an unknown authority, as Node has it',
    coded('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'),
    /authority/,
  ],
  ['an old certificate', new Error('net::ERR_CERT_DATE_INVALID'), /certificate is not valid.*clock/],
  [
    'another checksum',
    newError('sha512 checksum mismatch, expected a, got b', 'ERR_CHECKSUM_MISMATCH'),
    /discarded/,
  ],
  [
    'another checksum in a header',
    new Error('checksum mismatch: expected a but got b (X-Checksum-Sha2 header)'),
    /discarded/,
  ],
  [
    'another signer on Windows',
    newError('New version 2 is not signed by the application owner: {}', 'ERR_UPDATER_INVALID_SIGNATURE'),
    /not signed/,
  ],
  [
    'another signer on macOS',
    coded(-1, 'Code signature at URL file:///x did not pass validation: code object is not signed at all'),
    /not signed/,
  ],
  [
    'a password dialog that was closed',
    new Error('Command pkexec exited with code 126'),
    /password was not entered/,
  ],
  ['an account without rights', new Error('Command pkexec exited with code 127'), /not allowed to install/],
  ['no pkexec', new Error('Command sudo exited with code 1'), /pkexec/],
  ['no pkexec and no sudo', new Error('Command sudo exited with code 127'), /pkexec/],
  ['dpkg that fails', new Error('Command pkexec exited with code 1'), /package manager/],
  [
    'a login page of a hotel',
    newError(
      'Cannot parse update info from latest.yml: YAMLException, rawData: <html>',
      'ERR_UPDATER_INVALID_UPDATE_INFO',
    ),
    /incomplete/,
  ],
])('names the cause and what to do: %s', (_case, cause, text) => {
  expect(toFailureText(cause)).toMatch(text)
  expect(toFailureText(cause).split('. ').length).toBeGreaterThan(_case.includes('of a channel') ? 0 : 1)
})

it.each([new Error('/home/anna/secret?token=1'), 'a string', undefined])(
  'hides the details of an unexpected error: %s',
  (cause) => {
    expect(toFailureWords(cause)).toEqual(errorWords('INTERNAL'))
  },
)
