import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { acquire } from '../data-dir/owner-lock.ts'
import { AppError } from '../../shared/errors.ts'
import { askDefaultKey, askStatus, statusHandlers } from './status-commands.ts'
import type { BridgeSnapshot } from '../bridge-snapshot.ts'

const SNAPSHOT: BridgeSnapshot = {
  tunnel: { kind: 'off' },
  upstream: { kind: 'unknown' },
  device: null,
  activeRequests: 0,
}
const FACTS = {
  baseUrl: 'http://127.0.0.1:11434',
  kind: 'ollama',
  version: '0.12.3',
  models: ['a'],
  name: 'Ollama',
} as const

async function newDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ctl-status-'))
  onTestFinished(() => rm(dataDir, { recursive: true }))
  return dataDir
}

async function held(
  snapshot: () => BridgeSnapshot | undefined,
  defaultKey = async () => 'ctl_key',
): Promise<string> {
  const dataDir = await newDataDir()
  const holder = await acquire(dataDir)
  onTestFinished(() => holder.close())
  holder.serve(statusHandlers({ snapshot, defaultKey }))
  return dataDir
}

test.each<[string, Partial<BridgeSnapshot>]>([
  ['not begun', {}],
  ['online', { tunnel: { kind: 'online', attempt: 0, since: 1 }, url: 'http://r', rttMs: 1.5 }],
  ['waiting', { tunnel: { kind: 'waiting', attempt: 2, retryAt: 9, cause: 'RELAY_UNREACHABLE' } }],
  ['paused', { tunnel: { kind: 'paused', cause: 'noNetwork' } }],
  ['blocked', { tunnel: { kind: 'blocked', cause: 'REPLACED' } }],
  [
    'with a model server',
    { upstream: { kind: 'up', facts: FACTS }, device: { id: 'd', relayUrl: 'http://r/' } },
  ],
  [
    'refused by its model server',
    {
      upstream: {
        kind: 'refusing',
        refusal: { baseUrl: 'x', cause: 'needsKey', status: 401, name: 'llama.cpp', isModelServer: true },
        since: 3,
        reason: 'It wants a key.',
      },
    },
  ],
  ['without one', { upstream: { kind: 'down', baseUrl: null, since: 3, reason: 'None.' } }],
])('a bridge that is %s reports its full status', async (_case, part) => {
  const snapshot = { ...SNAPSHOT, ...part }
  expect(await askStatus(await held(() => snapshot))).toStrictEqual(snapshot)
})

test('there is no status without a bridge, or before it runs', async () => {
  expect(await askStatus(await newDataDir())).toBeNull()
  expect(await askDefaultKey(await newDataDir())).toBeNull()
  expect(await askStatus(await held(() => undefined))).toBeNull()
})

test('the default key is returned, or the reason why there is none', async () => {
  expect(await askDefaultKey(await held(() => SNAPSHOT))).toBe('ctl_key')
  const unpaired = await held(
    () => SNAPSHOT,
    () => Promise.reject(new AppError('NOT_PAIRED')),
  )
  await expect(askDefaultKey(unpaired)).rejects.toMatchObject({ code: 'NOT_PAIRED' })
})

test('an invalid status is refused', async () => {
  const dataDir = await newDataDir()
  const holder = await acquire(dataDir)
  onTestFinished(() => holder.close())
  holder.serve({ status: async () => ({ ...SNAPSHOT, tunnel: { kind: 'blocked', cause: 'NO_SUCH_CODE' } }) })
  await expect(askStatus(dataDir)).rejects.toThrow('cause')
})
