// oxlint-disable no-empty-pattern -- Vitest reads from the pattern which fixtures a function needs.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, onTestFinished, test } from 'vitest'
import { startDemoUpstream } from '../../src/bridge/demo/server.ts'
import type { RelayFlags } from '../../src/relay/config.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { FakeUpstream } from './fake-upstream.ts'
import { RedisServer } from './redis-server.ts'
import { RelayGroup } from './relay-group.ts'
import { Desk, startTestRelay, type DeskOptions, type TestRelayOptions } from './stack.ts'

/** One for all tests of a file. */
export const FILE = { scope: 'file' } as const

/** Closes it when its scope ends. */
export function closing<T extends { close(): Promise<void> }>(
  one: T,
  onCleanup: (close: () => Promise<void>) => void,
): T {
  onCleanup(() => one.close())
  return one
}

/** For what starts in the middle of a test: closed when the test ends, the last one first. */
export async function closedAfter<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const one = await starting
  onTestFinished(() => one.close())
  return one
}

/** For what each test of a file uses: closed after each test. */
export function closedAfterEach<T extends { close(): Promise<void> }>(one: T): T {
  afterEach(() => one.close())
  return one
}

/** Creates an empty folder, which is removed with its contents. */
async function folder(onCleanup: (remove: () => Promise<void>) => void): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ctl-data-'))
  onCleanup(() => rm(path, { recursive: true, force: true, maxRetries: 10 }))
  return path
}

/** For tests that change state: a separate upstream, relay and desk, each started when a test asks for it. */
export const fresh = test
  .extend('upstream', async ({}, { onCleanup }) => closing(await FakeUpstream.start(), onCleanup))
  .extend('relayFlags', {} as RelayFlags)
  .extend('relay', async ({ relayFlags }, { onCleanup }) =>
    closing(await startTestRelay(relayFlags), onCleanup),
  )
  /** For a desk that starts in the middle of a test, and for several. */
  .extend('startDesk', ({ relay, upstream }, { onCleanup }) => {
    const desks: Desk[] = []
    onCleanup(async () => void (await Promise.all(desks.map((desk) => desk.close()))))
    return async (options: DeskOptions = {}): Promise<Desk> => {
      const desk = await Desk.start(relay, upstream.origin, options)
      desks.push(desk)
      return desk
    }
  })
  .extend('desk', ({ startDesk }) => startDesk())
  .extend('dataDir', ({}, { onCleanup }) => folder(onCleanup))

/** The same, shared by all tests of a file. */
export const shared = test
  .extend('upstream', FILE, async ({}, { onCleanup }) => closing(await FakeUpstream.start(), onCleanup))
  .extend('relayFlags', FILE, {} as RelayFlags)
  .extend('deskOptions', FILE, {} as DeskOptions)
  .extend('relayOptions', FILE, {} as TestRelayOptions)
  .extend('relay', FILE, async ({ relayFlags, relayOptions }, { onCleanup }) =>
    closing(await startTestRelay(relayFlags, relayOptions), onCleanup),
  )
  .extend('desk', FILE, async ({ relay, upstream, deskOptions }, { onCleanup }) =>
    closing(await Desk.start(relay, upstream.origin, deskOptions), onCleanup),
  )
  .extend('dataDir', FILE, ({}, { onCleanup }) => folder(onCleanup))
  .extend('redis', FILE, async ({}, { onCleanup }) => closing(await RedisServer.start(), onCleanup))
  .extend('relayEnv', FILE, {} as Readonly<Record<string, string>>)
  /** Three relays in separate processes, which share a Redis. */
  .extend('relays', FILE, async ({ relayEnv }, { onCleanup }) =>
    closing(await RelayGroup.start(3, relayEnv), onCleanup),
  )
  .extend('demo', FILE, async ({}, { onCleanup }) =>
    closing(await startDemoUpstream({ clock: systemClock }), onCleanup),
  )
  /** A desk with the demo model as its model server. */
  .extend('demoDesk', FILE, async ({ relay, demo }, { onCleanup }) =>
    closing(await Desk.start(relay, demo.origin, { owner: 'demo' }), onCleanup),
  )
