import { Child, preciseNow } from '../child.ts'
import { stream } from '../client.ts'
import { quantile } from '../figures.ts'
import { NO_TARGET, ownRow, rowFor, type Row } from '../row.ts'
import { bearer, startBridge, type Path } from '../stage.ts'

const TOKENS_PER_S = 20
/** One bridge accepts 256 concurrent requests. */
const STREAMS_PER_BRIDGE = 200
/** Warm-up for opening streams and the JIT compiler; its tokens are not counted. */
const WARM_UP_S = 2
const MAX_CPU_S = 120

interface Delays {
  readonly p50: number
  readonly p99: number
}

/**
 * This many responses at 20 tokens a second, directly and then through one relay. Fails if a token is missing or
 * duplicated.
 */
export async function streamsLoad(streams: number, seconds: number): Promise<Row[]> {
  const [upstream, relay] = [new Child('upstream-process'), new Child('relay-process')]
  const upstreamPort = await upstream.ask<number>('port')
  const relayPort = await relay.ask<number>('port')
  const owners = Array.from({ length: Math.ceil(streams / STREAMS_PER_BRIDGE) }, (_, i) => `owner-${i}`)
  const bridges = await Promise.all(owners.map((owner) => startBridge(relay, owner, relayPort, upstreamPort)))
  const direct = await delaysOf([{ name: 'direct', port: upstreamPort, headers: '' }], streams, seconds)
  const cpuBeforeMs = await relay.ask<number>('cpuMs')
  const paths = bridges.map(({ key }): Path => ({ name: 'ours', port: relayPort, headers: bearer(key) }))
  const ours = await delaysOf(paths, streams, seconds)
  const cpuS = ((await relay.ask<number>('cpuMs')) - cpuBeforeMs) / 1000
  await Promise.all(bridges.map((bridge) => bridge.close()))
  await relay.close()
  await upstream.close()
  const tokens = streams * seconds * TOKENS_PER_S
  return [
    delayRow(`delay of a token, ${streams} streams, p50`, direct.p50, ours.p50),
    delayRow(`delay of a token, ${streams} streams, p99`, direct.p99, ours.p99),
    ownRow("relay's CPU for a million tokens", 's', [(cpuS / tokens) * 1e6], MAX_CPU_S),
  ]
}

async function delaysOf(paths: readonly Path[], streams: number, seconds: number): Promise<Delays> {
  const delays: number[] = []
  const answers = Array.from({ length: streams }, async (_, i) => {
    // Spread over one token interval.
    await new Promise((resolve) => setTimeout(resolve, (i * 1000) / streams))
    const path = paths[i % paths.length]
    if (path === undefined) throw new Error('there is no way to the upstream')
    await stream(path, `load-${path.name}-${i}`, seconds * TOKENS_PER_S, ({ n, at }) => {
      if (n >= WARM_UP_S * TOKENS_PER_S) delays.push(preciseNow() - at)
    })
  })
  await Promise.all(answers)
  return { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) }
}

function delayRow(what: string, directMs: number, oursMs: number): Row {
  return rowFor(what, 'ms', { direct: [directMs], ours: [oursMs] }, NO_TARGET)
}
