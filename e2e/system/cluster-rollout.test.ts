import { expect } from 'vitest'
import { Call } from '../support/call.ts'
import { textOf, type Script } from '../support/fake-answers.ts'
import { FILE, shared } from '../support/fixtures.ts'
import { tunnelsAt } from '../support/relay-group.ts'
import type { Desk } from '../support/stack.ts'

const STREAMS = 100
const DESKS = 4
const ENV = { DRAIN_DELAY: '500', RATE_LIMIT_MAX_CONCURRENT: '1000' }
/** Longer than handing a relay's devices over takes, so that each stream lives through a part of it. */
const SCRIPT: Script = { tokens: 40, intervalMs: 50, marker: 'x', padBytes: 0, load_ms: 0, breakBy: 'close' }

const it = shared.extend('relayEnv', FILE, ENV)

it('a rolling restart of all relays under a hundred streams fails none of them', async ({
  relays,
  upstream,
}) => {
  const desks: Desk[] = []
  for (let n = 0; n < DESKS; n++)
    desks.push(await relays.desk(upstream.origin, { identity: await relays.identity(`owner-${n}`) }))
  const failures: string[] = []
  let done = 0
  const over = new AbortController()
  const ask = async (n: number): Promise<void> => {
    while (!over.signal.aborted) {
      const desk = desks[n % DESKS]!
      const script = { ...SCRIPT, marker: desk.ownerId }
      const call = new Call(`${relays.balancer.url}/k/${desk.key}/api/chat`, {
        body: { model: 'fake', options: script },
      })
      const end = await call.over
      const words = call.text
        .split('\n')
        .map((line) => /"content":"([^"]*)"/.exec(line)?.[1] ?? '')
        .join('')
      if (end === 'end' && words === textOf(script)) done++
      else failures.push(`${end} after ${call.text.length} characters: ${call.text.slice(-200)}`)
    }
  }
  const asking = Array.from({ length: STREAMS }, (_, n) => ask(n))
  const former = [...relays.all]
  for (const relay of former) {
    relays.add(await relays.launch(ENV))
    relay.program.kill('SIGTERM')
    expect(await relay.program.exit).toBe(0)
    relays.remove(relay)
  }
  over.abort()
  await Promise.all(asking)
  expect(failures).toEqual([])
  expect(done).toBeGreaterThan(2 * STREAMS)
  const tunnels = await Promise.all(relays.all.map(tunnelsAt))
  expect(tunnels.reduce((sum, count) => sum + count)).toBe(DESKS)
})

it('exits immediately on a second signal', async ({ relays, upstream }) => {
  const [relay] = relays.all
  const desk = await relays.desk(upstream.origin, { at: relay! })
  const call = new Call(`${relay!.url}/k/${desk.key}/api/chat`, {
    body: { model: 'fake', options: { tokens: 100_000, intervalMs: 20 } },
  })
  await call.piece()
  const { program } = relay!
  // Signals close to each other count as one, so it takes several.
  const asking = setInterval(() => program.kill('SIGTERM'), 100)
  expect(await program.exit).toBe(1)
  clearInterval(asking)
  expect(await call.over).toBe('broken')
})

it('refuses requests that arrive while it leaves the cluster, instead of cutting them off', async ({
  relays,
}) => {
  const { url, program } = await relays.launch(ENV)
  const codes = new Set<string>()
  const asking = (async () => {
    for (;;) {
      const call = new Call(`${url}/v1/models`, { headers: { authorization: 'Bearer ctl_x' } })
      if ((await call.over) === 'broken') return
      codes.add(/"code":"(\w+)"/.exec(call.text)?.[1] ?? call.text)
    }
  })()
  // Leaving takes as long as Redis does.
  relays.redis.freeze()
  program.kill('SIGTERM')
  expect(await program.exit).toBe(0)
  relays.redis.thaw()
  await asking
  expect([...codes]).toContain('DRAINING')
})
