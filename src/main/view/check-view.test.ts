import { expect, it } from 'vitest'
import { judgeNoCredential } from '../../bridge/doctor/credential.ts'
import { judgeDataDir } from '../../bridge/doctor/data-dir.ts'
import { fail } from '../../bridge/doctor/check-result.ts'
import { judgeUpstream } from '../../bridge/doctor/upstream.ts'
import { AppError, ERRORS } from '../../shared/errors.ts'
import { toCheckView } from './check-view.ts'

it.each([
  judgeNoCredential(),
  judgeUpstream({ kind: 'missing', baseUrl: null, reason: 'None was found.' }),
  judgeUpstream({ kind: 'missing', baseUrl: 'http://127.0.0.1:5', reason: 'None answers.' }),
  judgeUpstream({
    kind: 'refusing',
    refusal: { baseUrl: 'http://127.0.0.1:5', cause: 'needsKey', status: 401, isModelServer: true },
  }),
  judgeDataDir('/data', new AppError('CONFIG_INVALID')),
  fail('relay', ERRORS.NOT_PAIRED.text, 'Name the relay: --relay https://<host>'),
])('$check: the fix contains no command and is a complete sentence', (finding) => {
  const { detail, fix } = toCheckView(finding)
  expect(`${detail} ${fix}`).not.toMatch(/npx|--[a-z]/)
  expect(fix).toMatch(/^[A-Z].*\.$/)
})

it('a fix without a command is unchanged', () => {
  const finding = fail('clock', 'The clock is wrong.', 'Set the clock.')
  expect(toCheckView(finding)).toEqual(finding)
})
