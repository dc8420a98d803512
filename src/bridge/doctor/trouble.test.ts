import { expect, test } from 'vitest'
import { wordsFor } from '../../shared/words.ts'
import { AppError } from '../../shared/errors.ts'
import { ProxyRefusal } from '../dial/http-request.ts'
import { troubleFor } from './trouble.ts'

const failure = (code: string) => Object.assign(new Error(`raw ${code}`), { code })

test.each([
  ['ENOTFOUND', /DNS/, /spelling/],
  ['ECONNREFUSED', /nothing is listening.*TCP/, /port/],
  ['ETIMEDOUT', /did not respond/, /firewall/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /self-signed.*TLS/, /CLOUDTOLOCALLLM_CA_FILE/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /chain/, /CLOUDTOLOCALLLM_CA_FILE/],
  ['CERT_HAS_EXPIRED', /expired.*TLS/, /Renew/],
  ['CERT_NOT_YET_VALID', /not valid yet/, /date on this computer/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /another name/, /name/],
  ['EPROTO', /TLS handshake/, /TLS 1\.2/],
  ['HPE_INVALID_CONSTANT', /does not speak HTTP/, /https/],
])('%s has its own text', (code, why, fix) => {
  const trouble = troubleFor(failure(code))
  expect(wordsFor(trouble.why, 'cli')).toMatch(why)
  expect(wordsFor(trouble.fix, 'cli')).toMatch(fix)
  expect(wordsFor(trouble.why, 'cli')).not.toContain('raw')
})

test('the cause of one of our own errors counts, not its code', () => {
  const trouble = troubleFor(new AppError('RELAY_UNREACHABLE', undefined, { cause: failure('ENOTFOUND') }))
  expect(wordsFor(trouble.why, 'cli')).toContain('DNS')
})

test('an unknown error is reported with its own message', () => {
  expect(wordsFor(troubleFor(new Error('odd')).why, 'cli')).toBe('odd')
})

test('a proxy that requires a sign-in is distinguished from one that blocks the relay', () => {
  expect(wordsFor(troubleFor(new ProxyRefusal(407)).fix, 'cli')).toContain('<user>:<password>')
  expect(wordsFor(troubleFor(new ProxyRefusal(403)).fix, 'cli')).toContain('CONNECT')
})
