// oxlint-disable no-empty-pattern -- Vitest reads from the pattern which fixtures a function needs.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, test } from 'vitest'
import { startDemoUpstream } from '../../src/bridge/demo/server.ts'
import type { RelayFlags } from '../../src/relay/config.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { FakeUpstream } from './fake-upstream.ts'
import { Desk, startTestRelay, type DeskOptions } from './stack.ts'

/** One for all tests of a file. */
export const FILE = { scope: 'file' } as const

/** Has it closed when its scope ends. */
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

/** For tests that change state: an upstream, a relay and a desk of their own, each started when a test asks for it. */
export const fresh = test
  .extend('upstream', async ({}, { onCleanup }) => closing(await FakeUpstream.start(), onCleanup))
  .extend('relayFlags', {} as RelayFlags)
  .extend('deskOptions', {} as DeskOptions)
  .extend('relay', async ({ relayFlags, deskOptions }, { onCleanup }) =>
    closing(await startTestRelay(relayFlags, deskOptions.clock), onCleanup),
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
  .extend('desk', ({ startDesk, deskOptions }) => startDesk(deskOptions))
  .extend('dataDir', async ({}, { onCleanup }) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'ctl-data-'))
    onCleanup(() => rm(dataDir, { recursive: true, force: true, maxRetries: 10 }))
    return dataDir
  })

/** The same, shared by all tests of a file. */
export const shared = test
  .extend('upstream', FILE, async ({}, { onCleanup }) => closing(await FakeUpstream.start(), onCleanup))
  .extend('relayFlags', FILE, {} as RelayFlags)
  .extend('deskOptions', FILE, {} as DeskOptions)
  .extend('relay', FILE, async ({ relayFlags, deskOptions }, { onCleanup }) =>
    closing(await startTestRelay(relayFlags, deskOptions.clock), onCleanup),
  )
  .extend('desk', FILE, async ({ relay, upstream, deskOptions }, { onCleanup }) =>
    closing(await Desk.start(relay, upstream.origin, deskOptions), onCleanup),
  )
  .extend('demo', FILE, async ({}, { onCleanup }) =>
    closing(await startDemoUpstream({ clock: systemClock }), onCleanup),
  )
  /** A desk with the demo model as its model server. */
  .extend('demoDesk', FILE, async ({ relay, demo }, { onCleanup }) =>
    closing(await Desk.start(relay, demo.origin, { owner: 'demo' }), onCleanup),
  )
