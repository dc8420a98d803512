import { expect, it } from 'vitest'
import { assessNoCredential, assessUnreadableCredential } from '../../bridge/doctor/credential.ts'
import { assessDataDir } from '../../bridge/doctor/data-dir.ts'
import { fail } from '../../bridge/doctor/check-result.ts'
import { assessProxy } from '../../bridge/doctor/proxy.ts'
import { assessRelay } from '../../bridge/doctor/relay.ts'
import { assessSecrets } from '../../bridge/doctor/secrets.ts'
import { assessExposure, assessUpstream } from '../../bridge/doctor/upstream.ts'
import { assessUpgrade } from '../../bridge/doctor/websocket.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import { toCheckView } from './check-view.ts'

const RELAY = new URL('https://relay.example.com/')
const coded = (code: string) => Object.assign(new Error(`${code}: it failed`), { code })
const refusing = (cause: 'needsKey' | 'keyRefused' | 'loading' | 'failing') =>
  assessUpstream({
    kind: 'refusing',
    refusal: { baseUrl: 'http://127.0.0.1:5', cause, status: 401, isModelServer: true },
  })

it.each([
  assessNoCredential(),
  assessUnreadableCredential(new AppError('NOT_PAIRED')),
  assessUpstream({ kind: 'missing', baseUrl: null, reason: 'None was found.' }),
  assessUpstream({ kind: 'missing', baseUrl: 'http://127.0.0.1:5', reason: 'None answers.' }),
  refusing('needsKey'),
  refusing('keyRefused'),
  refusing('loading'),
  refusing('failing'),
  assessExposure(undefined, [], ['http://192.0.2.1:11434']),
  assessExposure('0.0.0.0', ['192.0.2.1'], []),
  assessDataDir('/data', new AppError('CONFIG_INVALID')),
  assessDataDir('/data', toAppError(coded('EACCES'))),
  assessSecrets('memory'),
  assessSecrets(new AppError('SECRETS_UNAVAILABLE')),
  assessProxy(RELAY, new AppError('CONFIG_INVALID'), {}),
  assessRelay(RELAY, coded('SELF_SIGNED_CERT_IN_CHAIN'), null, null),
  assessRelay(RELAY, coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), null, null),
  assessRelay(RELAY, coded('EUNHEARDOF'), null, null),
  assessUpgrade(new AppError('RELAY_REFUSED'), 'unknown'),
])('$check: whole sentences without commands, variables or system error codes', (finding) => {
  const { detail, fix } = toCheckView(finding)
  expect(`${detail} ${fix}`).not.toMatch(/npx |--[a-z]|\b[A-Z]{2,}_[A-Z_]{2,}|\bE[A-Z]{4,}\b/)
  expect(fix).toMatch(/^[A-Z].*\.$/)
})

it('shows other text unchanged', () => {
  const finding = fail('clock', 'The clock is wrong.', 'Set the clock.')
  expect(toCheckView(finding)).toEqual(finding)
})
