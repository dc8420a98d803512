import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { wordsFor, type KeyedText } from '../../shared/words.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { openDatabase, type DatabaseSync } from '../database/database.ts'
import { UsageHistory } from './usage-history.ts'
import { MIGRATIONS } from './usage-rows.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const CHAT = {
  type: 'finish',
  requestId: 'r1',
  method: 'POST',
  path: '/api/chat',
  key: 'phone',
  model: 'llama3.2',
  status: 200,
  bytesIn: 10,
  bytesOut: 100,
  tokens: 20,
  tokensPerS: 10,
  error: null,
  durationMs: 2_000,
} as const

let clock: FakeClock
let path: string
let isOn: boolean
beforeEach(async () => {
  clock = new FakeClock()
  path = join(await mkdtemp(join(tmpdir(), 'ctl-usage-')), 'usage.db')
  isOn = true
})

async function openUsage(): Promise<{ history: UsageHistory; database: DatabaseSync | null }> {
  const database = await openDatabase({ path, migrations: MIGRATIONS, clock, onBad: () => {} })
  return { database, history: new UsageHistory({ database, clock, notify: () => {}, isOn: () => isOn }) }
}

const usedDays = (history: UsageHistory): number =>
  history.summary(90).days.filter(({ requests }) => requests > 0).length

test('adds up requests, tokens and durations by day, model and key, across a restart', async () => {
  const first = await openUsage()
  first.history.note(CHAT)
  first.history.note({ ...CHAT, key: 'laptop', tokens: null, durationMs: 8_000 })
  first.history.close()
  clock.advance(DAY_MS)
  const { history } = await openUsage()
  history.note({ ...CHAT, durationMs: 2_100 })
  const { days, models, keys } = history.summary(3)
  expect(days.map(({ requests, tokens }) => [requests, tokens])).toEqual([
    [0, 0],
    [2, 20],
    [1, 20],
  ])
  expect(models).toEqual([{ name: 'llama3.2', requests: 3, errors: 0, tokens: 40, medianMs: 2_048 }])
  expect(keys.map(({ name, requests }) => [name, requests])).toEqual([
    ['phone', 2],
    ['laptop', 1],
  ])
})

test('the median is within a fifth of the true one', async () => {
  const { history } = await openUsage()
  for (let i = 1; i <= 999; i++) history.note({ ...CHAT, durationMs: i * 10 })
  const medianMs = history.summary(1).models[0]?.medianMs ?? 0
  expect(medianMs / 5_000).toBeGreaterThan(0.8)
  expect(medianMs / 5_000).toBeLessThan(1.2)
})

test('a failed request counts as an error, without its model and duration; a stopped one does not', async () => {
  const { history } = await openUsage()
  history.note({ ...CHAT, status: 404, model: 'invented' })
  history.note({ ...CHAT, status: null, error: 'UPSTREAM_UNREACHABLE' })
  history.note({ ...CHAT, status: null, error: 'CANCELLED' })
  const { models } = history.summary(1)
  expect(models).toEqual([
    { name: '', requests: 2, errors: 2, tokens: 40, medianMs: null },
    { name: 'llama3.2', requests: 1, errors: 0, tokens: 20, medianMs: 2_048 },
  ])
})

test.each([
  ['GET', '/api/tags'],
  ['POST', '/api/pull'],
  ['GET', '/v1/stream/abc'],
  ['POST', '/nope'],
])('%s %s is not counted', async (method, path) => {
  const { history } = await openUsage()
  history.note({ ...CHAT, method, path })
  expect(history.summary(1).models).toEqual([])
})

test('records nothing while it is turned off', async () => {
  const { history } = await openUsage()
  isOn = false
  history.note(CHAT)
  expect(history.summary(1).models).toEqual([])
  expect(clock.pendingTimers).toBe(0)
})

test('deletes days after 90 days, and everything on request', async () => {
  const { history } = await openUsage()
  history.note(CHAT)
  clock.advance(89 * DAY_MS)
  history.note(CHAT)
  expect(usedDays(history)).toBe(2)
  clock.advance(DAY_MS)
  history.note(CHAT)
  expect(usedDays(history)).toBe(2)
  expect(history.csv().split('\r\n')).toHaveLength(4)
  history.clear()
  expect(usedDays(history)).toBe(0)
})

test('writes once a minute, however many requests pass', async () => {
  const { history, database } = await openUsage()
  const written = () => database?.prepare('SELECT SUM(requests) AS n FROM usage').get()?.['n']
  for (let i = 0; i < 1_000; i++) history.note(CHAT)
  expect([written(), clock.pendingTimers]).toEqual([null, 1])
  clock.advance(60_000)
  expect([written(), clock.pendingTimers]).toEqual([1_000, 0])
})

test('invented names end up in one row, also across a restart', async () => {
  for (const run of ['a', 'b']) {
    const { history } = await openUsage()
    for (let i = 0; i < 3_000; i++) history.note({ ...CHAT, model: `${run}${i}`, key: 'x'.repeat(10_000) })
    history.close()
  }
  const { database } = await openUsage()
  expect(database?.prepare('SELECT COUNT(*) AS n FROM usage').get()).toEqual({ n: 501 })
})

test('exports CSV that a spreadsheet does not execute', async () => {
  const { history } = await openUsage()
  history.note({ ...CHAT, model: '=cmd|" /C calc"!A0', key: 'a,b' })
  const [header, line] = history.csv().split('\r\n')
  expect(header).toBe('day,model,key,requests,errors,tokens')
  expect(line).toMatch(/^\d{4}-\d\d-\d\d,"'=cmd\|"" \/C calc""!A0","a,b",1,0,20$/)
})

test('without SQLite nothing is recorded and nothing fails', () => {
  const history = new UsageHistory({ database: null, clock, notify: () => {}, isOn: () => true })
  history.note(CHAT)
  expect([history.isAvailable, history.summary(7).days.length, history.csv()]).toEqual([false, 0, ''])
  history.clear()
  history.close()
})

test('a full disk at the start is reported, and the counts are written later', async () => {
  const first = await openUsage()
  first.history.note(CHAT)
  first.history.close()
  clock.advance(90 * DAY_MS)
  const database = await openDatabase({ path, migrations: MIGRATIONS, clock, onBad: () => {} })
  database?.exec('PRAGMA query_only = ON')
  const told: string[] = []
  const notify = (sentence: KeyedText) => void told.push(wordsFor(sentence, 'cli'))
  const history = new UsageHistory({ database, clock, notify, isOn: () => true })
  expect(told).toEqual([expect.stringContaining('Usage statistics are not recorded at the moment')])
  history.note(CHAT)
  database?.exec('PRAGMA query_only = OFF')
  expect(history.csv().split('\r\n')).toHaveLength(3)
})

test('a failed write is reported once, and the counts are written later', async () => {
  const database = await openDatabase({ path, migrations: MIGRATIONS, clock, onBad: () => {} })
  const told: string[] = []
  const notify = (sentence: KeyedText) => void told.push(wordsFor(sentence, 'cli'))
  const history = new UsageHistory({ database, clock, notify, isOn: () => true })
  database?.exec('PRAGMA query_only = ON')
  history.note(CHAT)
  clock.advance(60_000)
  history.note(CHAT)
  clock.advance(60_000)
  expect(told).toEqual([expect.stringContaining('Usage statistics are not recorded at the moment')])
  database?.exec('PRAGMA query_only = OFF')
  expect(history.summary(1).models[0]?.requests).toBe(2)
})
