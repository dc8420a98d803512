import { describe, expect, it } from 'vitest'
import type { WallMs } from '../../shared/brands.ts'
import { type AcmeProblem, type AcmeStage, clockError, problemError, unreachableError } from './acme-error.ts'

const NOW = Date.UTC(2026, 10, 29, 16, 0) as WallMs
const FACTS = {
  domain: 'relay.example.com',
  directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory',
  accountFile: '/data/acme/account-key.pem',
}

const errorFor = (problem: Partial<AcmeProblem>, stage: AcmeStage = 'challenge') =>
  problemError({ type: '', detail: 'why', ...problem }, stage, FACTS, NOW)

describe('the text for a problem', () => {
  it.each([
    [
      'dns',
      {},
      'relay.example.com has no usable address in DNS. Create an A or AAAA record that points to this server. (why)',
    ],
    [
      'connection',
      { address: '203.0.113.7' },
      'Let’s Encrypt cannot reach relay.example.com at 203.0.113.7 on port 80. Point its DNS records to this server, and open ports 80 and 443 in the firewall. (why)',
    ],
    [
      'connection',
      {},
      'Let’s Encrypt cannot reach relay.example.com on port 80. Point its DNS records to this server, and open ports 80 and 443 in the firewall. (why)',
    ],
    [
      'unauthorized',
      { address: '2001:db8::1' },
      'Another server answers for relay.example.com at 2001:db8::1. Point its DNS records to this server. (why)',
    ],
    [
      'caa',
      {},
      'A CAA record of relay.example.com does not allow Let’s Encrypt. Change the record, or choose another authority with --acme-directory. (why)',
    ],
    ['serverInternal', {}, 'Let’s Encrypt did not issue a certificate for relay.example.com. (why)'],
    ['', { detail: '' }, 'Let’s Encrypt did not issue a certificate for relay.example.com.'],
  ])('that is temporary says what to do, and the relay retries: %s %j', (type, problem, words) => {
    expect(errorFor({ type, ...problem })).toMatchObject({ code: 'CERTIFICATE_UNAVAILABLE', message: words })
  })

  it.each([
    [
      'rejectedIdentifier',
      'Let’s Encrypt issues no certificate for relay.example.com. Choose another name with --domain. (why)',
    ],
    ['invalidContact', 'Let’s Encrypt does not accept --acme-email. Correct or omit it. (why)'],
    [
      'externalAccountRequired',
      'Let’s Encrypt needs an account that is created elsewhere, which is not supported. Choose another authority with --acme-directory. (why)',
    ],
    [
      'unauthorized',
      'Let’s Encrypt no longer accepts this relay’s account. Move /data/acme/account-key.pem away, and the relay creates another. (why)',
    ],
  ])('that needs another setting ends the process: %s', (type, words) => {
    expect(errorFor({ type }, 'account')).toMatchObject({ code: 'CONFIG_INVALID', message: words })
  })

  it('contains the authority’s text as one short line without control characters', () => {
    const { message } = errorFor({ type: 'caa', detail: `a\n\u001B[31m${'b'.repeat(1_000)}` })
    expect(message).toMatch(/\(a \uFFFD\[31mb+\)$/)
    expect(message.length).toBeLessThan(450)
  })

  it('names the authority by its host if it is not Let’s Encrypt', () => {
    const facts = { ...FACTS, directoryUrl: 'https://ca.example:8443/letsencrypt.org' }
    expect(problemError({ type: 'connection', detail: '' }, 'challenge', facts, NOW).message).toMatch(
      /^ca\.example:8443 cannot reach/,
    )
  })
})

describe('a rate limit', () => {
  const words = (time: string) =>
    `Let’s Encrypt refuses further certificates until ${time} UTC. The relay will try again then; frequent restarts make it worse.`

  it.each([
    ['the time of Retry-After', { retryAt: (NOW + 90_000) as WallMs }, '2026-11-29 16:01', 90],
    [
      'the time in the text',
      { detail: 'too many certificates, retry after 2026-11-30 04:00:00 UTC: see https://…' },
      '2026-11-30 04:00',
      43_200,
    ],
    ['an hour without a time', {}, '2026-11-29 17:00', 3_600],
    ['a second for a time that has passed', { retryAt: (NOW - 60_000) as WallMs }, '2026-11-29 15:59', 1],
  ])('names %s', (_, problem, time, retryAfterS) => {
    const error = errorFor({ type: 'rateLimited', ...problem }, 'order')
    expect(error).toMatchObject({ code: 'CERTIFICATE_UNAVAILABLE', retryAfterS })
    expect(error.message).toContain(words(time))
  })
})

describe('an authority that cannot be used', () => {
  it.each([
    [
      'ENOTFOUND',
      'Let’s Encrypt cannot be reached. Check this server’s DNS and its outgoing connections to acme-v02.api.letsencrypt.org. (ENOTFOUND)',
    ],
    [
      'TimeoutError',
      'Let’s Encrypt cannot be reached. Check this server’s DNS and its outgoing connections to acme-v02.api.letsencrypt.org. (TimeoutError)',
    ],
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'The certificate of acme-v02.api.letsencrypt.org is not trusted. If the authority is a private one, set CLOUDTOLOCALLLM_CA_FILE to its root certificate. (SELF_SIGNED_CERT_IN_CHAIN)',
    ],
    [
      'CERT_NOT_YET_VALID',
      'The certificate of acme-v02.api.letsencrypt.org is not valid at this machine’s time, 2026-11-29 16:00 UTC. If that is wrong, set the clock: timedatectl set-ntp true (CERT_NOT_YET_VALID)',
    ],
  ])('is distinguished by its code: %s', (code, words) => {
    expect(unreachableError(code, FACTS, NOW)).toMatchObject({
      code: 'CERTIFICATE_UNAVAILABLE',
      message: words,
    })
  })

  it('may have a clock that differs from this machine’s', () => {
    expect(clockError(FACTS, NOW + 86_400_000, NOW).message).toBe(
      'This machine’s clock says 2026-11-29 16:00 UTC, but that of Let’s Encrypt says 2026-11-30 16:00 UTC. Set it: timedatectl set-ntp true',
    )
  })
})
