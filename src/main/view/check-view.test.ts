import { expect, it } from 'vitest'
import { judgeNoCredential, judgeUnreadableCredential } from '../../bridge/doctor/credential.ts'
import { judgeDataDir } from '../../bridge/doctor/data-dir.ts'
import { fail } from '../../bridge/doctor/check-result.ts'
import { judgeProxy } from '../../bridge/doctor/proxy.ts'
import { judgeRelay } from '../../bridge/doctor/relay.ts'
import { judgeSecrets } from '../../bridge/doctor/secrets.ts'
import { judgeExposure, judgeUpstream } from '../../bridge/doctor/upstream.ts'
import { judgeUpgrade } from '../../bridge/doctor/websocket.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import { toCheckView } from './check-view.ts'

const RELAY = new URL('https://relay.example.com/')
const coded = (code: string) => Object.assign(new Error(`${code}: it failed`), { code })
const refusing = (cause: 'needsKey' | 'keyRefused' | 'loading' | 'failing') =>
  judgeUpstream({
    kind: 'refusing',
    refusal: { baseUrl: 'http://127.0.0.1:5', cause, status: 401, isModelServer: true },
  })

it.each([
  judgeNoCredential(),
  judgeUnreadableCredential(new AppError('NOT_PAIRED')),
  judgeUpstream({ kind: 'missing', baseUrl: null, reason: 'None was found.' }),
  judgeUpstream({ kind: 'missing', baseUrl: 'http://127.0.0.1:5', reason: 'None answers.' }),
  refusing('needsKey'),
  refusing('keyRefused'),
  refusing('loading'),
  refusing('failing'),
  judgeExposure(undefined, [], ['http://192.0.2.1:11434']),
  judgeExposure('0.0.0.0', ['192.0.2.1'], []),
  judgeDataDir('/data', new AppError('CONFIG_INVALID')),
  judgeDataDir('/data', toAppError(coded('EACCES'))),
  judgeSecrets('memory'),
  judgeSecrets(new AppError('SECRETS_UNAVAILABLE')),
  judgeProxy(RELAY, new AppError('CONFIG_INVALID'), {}),
  judgeRelay(RELAY, coded('SELF_SIGNED_CERT_IN_CHAIN'), null, null),
  judgeRelay(RELAY, coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), null, null),
  judgeRelay(RELAY, coded('EUNHEARDOF'), null, null),
  judgeUpgrade(new AppError('RELAY_REFUSED'), 'unknown'),
])('$check: whole sentences without commands, variables or system error codes', (finding) => {
  const { detail, fix } = toCheckView(finding)
  expect(`${detail} ${fix}`).not.toMatch(/npx |--[a-z]|\b[A-Z]{2,}_[A-Z_]{2,}|\bE[A-Z]{4,}\b/)
  expect(fix).toMatch(/^[A-Z].*\.$/)
})

it('shows other text unchanged', () => {
  const finding = fail('clock', 'The clock is wrong.', 'Set the clock.')
  expect(toCheckView(finding)).toEqual(finding)
})
