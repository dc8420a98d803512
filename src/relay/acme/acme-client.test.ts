import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CERTIFICATES } from '../../../e2e/support/certificates.ts'
import { FakeAcme } from '../../../e2e/support/fake-acme.ts'
import type { WallMs } from '../../shared/brands.ts'
import type { AppError } from '../../shared/errors.ts'
import { systemClock } from '../../tunnel/system-clock.ts'
import { AcmeClient, type AcmeClientOptions } from './acme-client.ts'
import { createKey } from './certificate-store.ts'

const DAY_MS = 86_400_000
const accountKey = createKey()

let fake: FakeAcme
let answers: Map<string, string>
const usual = getCACertificates('default')
beforeAll(() => setDefaultCACertificates([...usual, CERTIFICATES.first.cert]))
afterAll(() => setDefaultCACertificates(usual))
beforeEach(async () => {
  fake = await FakeAcme.start()
  answers = new Map()
})
afterEach(() => fake.close())

function failure(options: Partial<AcmeClientOptions> = {}): Promise<AppError> {
  const client = new AcmeClient({
    domain: 'relay.example.com',
    directoryUrl: `${fake.url}/directory`,
    accountFile: '/data/account-key.pem',
    accountKey,
    email: undefined,
    answers,
    clock: systemClock,
    signal: new AbortController().signal,
    ...options,
  })
  return client.obtain(Buffer.from('request')).then(
    () => Promise.reject(new Error('no error')),
    (error: AppError) => error,
  )
}

describe('a refusal', () => {
  it('for too many certificates names the time of Retry-After', async () => {
    fake.refuse('/orders', 'rateLimited', 'too many certificates', { 'retry-after': '7200' }, 429)
    const error = await failure()
    expect(error.code).toBe('CERTIFICATE_UNAVAILABLE')
    expect(error.message).toMatch(
      /refuses further certificates until 20\d\d-\d\d-\d\d \d\d:\d\d UTC.*\(too many/,
    )
    expect(error.retryAfterS).toBeGreaterThan(7_100)
    expect(error.retryAfterS).toBeLessThanOrEqual(7_200)
  })

  it('of the validation contains the reason and the address of the challenge, whose answer is withdrawn', async () => {
    const error = { type: 'urn:ietf:params:acme:error:connection', detail: 'Timeout' }
    const challenge = {
      type: 'http-01',
      url: `${fake.url}/challenge`,
      token: 'token',
      error,
      validationRecord: [{ addressUsed: '203.0.113.7' }],
    }
    const pending = { status: 'pending', challenges: [{ ...challenge, error: undefined }] }
    fake.answers.set('/authorization', { body: pending })
    fake.answers.set('/challenge', {
      get body() {
        expect(answers.get('token')).toMatch(/^token\.[\w-]{43}$/)
        fake.answers.set('/authorization', { body: { status: 'invalid', challenges: [challenge] } })
        return {}
      },
    })
    expect((await failure()).message).toContain(
      'cannot reach relay.example.com at 203.0.113.7 on port 80. Point its DNS records to this server',
    )
    expect(answers.size).toBe(0)
  })

  it('of the name or of the contact ends the attempts', async () => {
    fake.refuse('/orders', 'rejectedIdentifier', 'policy')
    expect(await failure()).toMatchObject({ code: 'CONFIG_INVALID' })
    fake.refuse('/account', 'invalidContact', 'no such domain')
    expect(await failure({ email: 'me@example.com' })).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(fake.seen.at(-1)?.payload).toEqual({
      termsOfServiceAgreed: true,
      contact: ['mailto:me@example.com'],
    })
  })

  it('of a nonce is retried with a new one, a few times', async () => {
    fake.refuse('/account', 'badNonce', 'used', { 'replay-nonce': 'next' })
    expect((await failure()).message).toContain('did not issue a certificate for relay.example.com. (used)')
    const nonces = fake.seen.map(({ header }) => header['nonce'])
    expect(nonces.slice(1)).toEqual(['next', 'next', 'next', 'next', 'next'])
  })

  it('may lack a problem document', async () => {
    fake.answers.set('/orders', { status: 503, body: '<html>maintenance</html>' })
    expect((await failure()).message).toContain(
      'did not issue a certificate for relay.example.com. (HTTP 503)',
    )
    fake.answers.set('/directory', { status: 503, body: '<html>maintenance</html>' })
    expect((await failure()).message).toContain('(HTTP 503)')
  })
})

describe('an authority', () => {
  it.each([
    ['not JSON', { body: '<html>' }],
    ['404', { status: 404, body: {} }],
    [
      'URLs without TLS',
      { body: { newNonce: 'http://ca/', newAccount: 'http://ca/', newOrder: 'http://ca/' } },
    ],
    ['an endless response', { body: 'x'.repeat(1024 * 1024 + 1) }],
  ])('that does not speak ACME is named with its setting: %s', async (_, answer) => {
    fake.answers.set('/directory', answer)
    const { host } = new URL(fake.url)
    expect((await failure()).message).toBe(
      `${host} does not answer like an ACME server. Check --acme-directory.`,
    )
  })

  it('that requires an external account is refused', async () => {
    const { url } = fake
    fake.answers.set('/directory', {
      body: {
        newNonce: `${url}/nonce`,
        newAccount: `${url}/account`,
        newOrder: `${url}/orders`,
        meta: { externalAccountRequired: true },
      },
    })
    expect(await failure()).toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('that is unreachable is distinguished from one with an untrusted certificate', async () => {
    // `fetch` itself refuses port 1.
    expect((await failure({ directoryUrl: 'https://127.0.0.1:2/directory' })).message).toMatch(
      /cannot be reached.*ECONNREFUSED/,
    )
    setDefaultCACertificates([])
    expect((await failure()).message).toMatch(/is not trusted\. If the authority is a private one/)
    setDefaultCACertificates([...usual, CERTIFICATES.first.cert])
  })

  it('is not asked for a certificate while the clock is wrong', async () => {
    const clock = { ...systemClock, now: () => (systemClock.now() - DAY_MS) as WallMs }
    expect((await failure({ clock })).message).toMatch(/^This machine’s clock says .* Set it: timedatectl/)
    expect(fake.seen).toEqual([])
  })

  it('never receives a path as a token', async () => {
    fake.answers.set('/authorization', {
      body: {
        status: 'pending',
        challenges: [{ type: 'http-01', url: `${fake.url}/challenge`, token: '../x' }],
      },
    })
    expect((await failure()).message).toContain('does not answer like an ACME server')
    expect(answers.size).toBe(0)
  })
})

it('stops when aborted, also between two polls', async () => {
  const abort = new AbortController()
  fake.answers.set('/challenge', {
    get body() {
      setImmediate(() => abort.abort(new Error('stopped')))
      return {}
    },
  })
  await expect(failure({ signal: abort.signal })).resolves.toMatchObject({ message: 'stopped' })
  expect(answers.size).toBe(0)
})
