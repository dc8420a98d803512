import { UnsecuredJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { CHECK_WORDS, checkWords } from '../../bridge/doctor/check-words.ts'
import type { CheckResult } from '../../bridge/doctor/check-result.ts'
import { assessClock } from '../../bridge/doctor/clock-skew.ts'
import {
  assessCredential,
  assessNoCredential,
  assessUnreadableCredential,
  type CredentialFacts,
} from '../../bridge/doctor/credential.ts'
import { assessDataDir } from '../../bridge/doctor/data-dir.ts'
import { assessProxy } from '../../bridge/doctor/proxy.ts'
import { assessNoRelay, assessRelay } from '../../bridge/doctor/relay.ts'
import { assessSecrets } from '../../bridge/doctor/secrets.ts'
import { assessStreaming } from '../../bridge/doctor/streaming.ts'
import { assessExposure, assessUpstream } from '../../bridge/doctor/upstream.ts'
import { visitWith } from '../../bridge/doctor/visit.test-support.ts'
import { assessUpgrade } from '../../bridge/doctor/websocket.ts'
import { parseRelayUrl } from '../../bridge/dial/relay-address.ts'
import { ProxyRefusal } from '../../bridge/dial/http-request.ts'
import { SecretsUnavailable } from '../../bridge/secrets/trouble.ts'
import { discoverUpstream } from '../../bridge/upstream/discovery.ts'
import type { OwnerId } from '../../shared/brands.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import { LANGUAGES, type Language } from '../../shared/i18n/language.ts'
import { fileTroubleWords } from '../../shared/system-error.ts'
import type { Param } from '../../shared/words.ts'
import { toCheckView } from './check-view.ts'

const NOW = Date.parse('2026-01-01T12:00:00Z')
const DAY_MS = 86_400_000
const RELAY = new URL('https://relay.example.com/')
const SERVER = { baseUrl: 'http://127.0.0.1:5', kind: 'ollama', name: 'Ollama', version: '1' } as const

const coded = (code: string, text = 'it failed') => Object.assign(new Error(`${code}: ${text}`), { code })
const described = (protocols: number[]) =>
  visitWith({ body: JSON.stringify({ name: 'cloudtolocalllm', version: '1.0.0', protocols }) })

const refusing = (cause: 'needsKey' | 'keyRefused' | 'loading' | 'failing') =>
  assessUpstream({
    kind: 'refusing',
    refusal: { baseUrl: 'http://127.0.0.1:5', cause, status: 401, isModelServer: true },
  })
const missing = async (explicitUrl: string | undefined, kind: 'silent' | 'stranger') =>
  assessUpstream(
    await discoverUpstream({ explicitUrl, env: {}, probe: async () => ({ kind, isGone: true }) }),
  )

function credential(days: number | null, facts: Partial<CredentialFacts> = {}, oidc?: object) {
  const token = new UnsecuredJWT({})
  if (days !== null) token.setExpirationTime((NOW + days * DAY_MS) / 1000)
  const owner = { ownerId: 'o' as OwnerId, deviceId: 'd', address: 'a' }
  const identity = { credential: token.encode(), relayUrl: RELAY.href, ...owner, ...oidc }
  return assessCredential({ identity, relayUrl: RELAY, answer: null, now: NOW, ...facts })
}
const signedIn = (days: number, audience: string, answer: CredentialFacts['answer']) =>
  credential(
    1,
    { answer },
    {
      oidc: {
        issuer: 'https://login.example.com',
        clientId: 'c',
        audience,
        refreshToken: null,
        obtainedAt: NOW,
        expiresAt: NOW + days * DAY_MS,
      },
    },
  )
const seen = (connected: boolean) => ({
  status: 200,
  body: JSON.stringify({ tunnels: [{ deviceId: 'd', connected }] }),
})

const at = (lineTimesMs: readonly number[], server = '') => visitWith({ lineTimesMs, headers: { server } })
const spread = Array.from({ length: 10 }, (_, i) => 3 + i * 100)
const lump = Array.from({ length: 10 }, () => 904)
const FRONTS = ['nginx', 'caddy', 'cloudflare', 'unknown'] as const

/** Each finding at least once. */
const FINDINGS: readonly CheckResult[] = [
  assessDataDir('/data', new AppError('CONFIG_INVALID')),
  assessDataDir('/data', toAppError(coded('EACCES'))),
  assessDataDir('/data', new AppError('CONFIG_INVALID', fileTroubleWords('/data/x', coded('EROFS')))),
  assessDataDir('/data', { kind: 'absent' }),
  assessDataDir('/data', { kind: 'nobody' }),
  assessDataDir('/data', { kind: 'silent' }),
  assessDataDir('/data', { kind: 'held', holder: { pid: 12345, passing: false } }),
  assessUpstream({ kind: 'found', facts: { ...SERVER, models: ['a', 'b'] } }),
  assessUpstream({ kind: 'found', facts: { ...SERVER, models: [] } }),
  assessUpstream({ kind: 'found', facts: { ...SERVER, kind: 'openai', models: [] } }),
  await missing(undefined, 'silent'),
  await missing('http://127.0.0.1:5', 'silent'),
  await missing('http://127.0.0.1:5', 'stranger'),
  refusing('needsKey'),
  refusing('keyRefused'),
  refusing('loading'),
  refusing('failing'),
  assessExposure(undefined, [], []),
  assessExposure(undefined, [], ['http://192.0.2.1:11434', 'http://192.0.2.2:11434']),
  assessExposure('0.0.0.0', ['192.0.2.1'], []),
  assessSecrets('keychain'),
  assessSecrets('file'),
  assessSecrets('memory'),
  assessSecrets(new AppError('SECRETS_UNAVAILABLE')),
  assessSecrets(new SecretsUnavailable('locked', 'org.freedesktop.Secret.Error.IsLocked')),
  assessProxy(RELAY, new AppError('CONFIG_INVALID'), {}),
  assessProxy(RELAY, { shownUrl: 'http://proxy:3128' }, {}),
  assessProxy(new URL('http://127.0.0.1:3001/'), null, {}),
  assessProxy(RELAY, null, {}),
  assessProxy(RELAY, null, { HTTPS_PROXY: 'http://proxy:3128' }),
  assessNoRelay(new AppError('NOT_PAIRED', checkWords('finding.relay.unknown'))),
  assessRelay(RELAY, described([1]), null, null),
  assessRelay(RELAY, described([7, 8]), null, null),
  assessRelay(RELAY, described([1]), null, parseRelayUrl('http://10.0.0.1/', {}).warning),
  assessRelay(RELAY, visitWith({ status: 404 }), null, null),
  assessRelay(RELAY, visitWith({ headers: { server: 'nginx' } }), null, null),
  assessRelay(RELAY, visitWith({ status: 301, headers: { location: 'https://new.example/' } }), null, null),
  assessRelay(RELAY, coded('ECONNREFUSED'), 'http://proxy:3128', null),
  ...[
    coded('ENOTFOUND'),
    coded('EHOSTUNREACH'),
    coded('ETIMEDOUT'),
    coded('ECONNRESET'),
    coded('ECONNREFUSED'),
    coded('SELF_SIGNED_CERT_IN_CHAIN'),
    coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    coded('CERT_HAS_EXPIRED'),
    coded('CERT_NOT_YET_VALID'),
    coded('ERR_TLS_CERT_ALTNAME_INVALID'),
    coded('EPROTO'),
    coded('EPROTO', 'wrong version number'),
    coded('HPE_INVALID_CONSTANT'),
    new ProxyRefusal(407),
    new ProxyRefusal(403),
    coded('EUNHEARDOF'),
  ].map((cause) => assessRelay(RELAY, cause, null, null)),
  ...[null, 0, 400_000, -400_000, 86_400_000].map(assessClock),
  assessNoCredential(),
  assessUnreadableCredential(new AppError('NOT_PAIRED')),
  credential(80, { relayUrl: new URL('https://other.example.com/') }),
  credential(-1),
  credential(80, { answer: { status: 401, body: '' } }),
  credential(80),
  credential(6, { answer: seen(true) }),
  credential(null, { answer: seen(false) }),
  credential(80, { answer: { status: 503, body: '' } }),
  signedIn(1, 'other', null),
  signedIn(-1, RELAY.href, { status: 503, body: '' }),
  signedIn(1, RELAY.href, { status: 401, body: '' }),
  assessUpgrade('opened', 'unknown'),
  assessUpgrade(new AppError('CREDENTIAL_INVALID'), 'unknown'),
  assessUpgrade(new AppError('RELAY_UNREACHABLE', undefined, { cause: coded('ECONNRESET') }), 'unknown'),
  assessUpgrade(new AppError('VERSION_UNSUPPORTED'), 'unknown'),
  assessUpgrade(new AppError('DRAINING'), 'unknown'),
  ...FRONTS.map((front) => assessUpgrade(new AppError('RELAY_REFUSED'), front)),
  assessStreaming(at(spread)),
  assessStreaming(coded('ECONNRESET')),
  assessStreaming(visitWith({ status: 404 })),
  assessStreaming(at(spread.slice(0, 4))),
  assessStreaming(at([...spread.slice(0, 3), ...lump.slice(0, 7)])),
  ...FRONTS.map((front) => assessStreaming(at(lump, front))),
]

const viewIn = (language: Language, finding: CheckResult) =>
  toCheckView({ locale: { language, tag: language } }, finding)
const textsIn = (language: Language, finding: CheckResult) => {
  const { detail, fix } = viewIn(language, finding)
  return fix === null ? [detail] : [detail, fix]
}

/** The keys of a message and of those in it. */
function keysOf(param: Param): readonly string[] {
  if (typeof param !== 'object' || !('key' in param)) return []
  return [param.key, ...Object.values(param.params).flatMap(keysOf)]
}

describe('the result of a check', () => {
  it('is tested here with each text of the doctor', () => {
    const keys = new Set(FINDINGS.flatMap(({ detail, fix }) => [...keysOf(detail), ...keysOf(fix ?? '')]))
    expect(Object.keys(CHECK_WORDS).filter((key) => !keys.has(key))).toEqual([])
  })

  it.each(FINDINGS)(
    '$check: whole sentences without commands, variables or system error codes',
    (finding) => {
      const { detail, fix } = viewIn('en', finding)
      expect(`${detail} ${fix}`).not.toMatch(
        /npx |--[a-z]|\b[A-Z]{2,}_[A-Z_]{2,}|\bE[A-Z]{4,}\b|undefined|[{}]/,
      )
      // One fix is a line to copy.
      expect(fix ?? 'None.').toMatch(/^[A-Z].*\.$|^nginx, .*;$/)
    },
  )

  it.each(LANGUAGES.filter((language) => language !== 'en'))('is in %s, in whole and in part', (language) => {
    const texts = FINDINGS.flatMap((finding) => textsIn(language, finding))
    const english = new Set(FINDINGS.flatMap((finding) => textsIn('en', finding)))
    expect(texts.filter((text) => english.has(text))).toEqual([])
    // The names of two settings are English.
    const own = texts.map((text) => text.replace(/Expose Ollama to the network|Serve on local network/g, ''))
    expect(own.filter((text) => /\b(?:the|this|that|with|and|is|not|of|it)\b|[{}]/i.test(text))).toEqual([])
  })

  it('has the figures of its language', () => {
    const german = (finding: CheckResult) => viewIn('de', finding).detail.replaceAll('\u00A0', ' ')
    expect(german(assessClock(400_000))).toBe(
      'Die Uhr dieses Computers geht gegenüber der des Relays 7 Minuten vor.',
    )
    expect(german(assessStreaming(at(lump)))).toContain('nach 0,9 Sekunden innerhalb von 0 Millisekunden')
    // In the easternmost time zones it is the 23rd.
    const day = new Date(NOW + 80 * DAY_MS).getDate()
    expect(german(credential(80, { answer: seen(true) }))).toBe(
      `Der Zugang dieses Geräts ist gültig bis: ${day}. März 2026; das Relay akzeptiert das und sieht dieses Gerät online.`,
    )
  })
})
