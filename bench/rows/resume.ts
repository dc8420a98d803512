import { TcpProxy } from '../../e2e/support/tcp-proxy.ts'
import { preciseNow } from '../child.ts'
import { stream } from '../client.ts'
import { ownRow, type Row } from '../row.ts'
import { bearer, startBridge, type Path, type Stage } from '../stage.ts'

const STREAMS = 100
const TOKENS = 60
/** By then every stream is running. */
const CUT_AT_TOKEN = 25
const MAX_MS = 300

/**
 * Time from a killed carrier until each of 100 responses has a token generated after it. A missing or duplicated token
 * is an error.
 */
export async function resumeRow({ relay, relayPort, upstreamPort }: Stage, tries: number): Promise<Row> {
  const proxy = await TcpProxy.start(relayPort)
  const bridge = await startBridge(relay, 'resuming', proxy.port, upstreamPort)
  const path: Path = { name: 'ours', port: relayPort, headers: bearer(bridge.key) }
  const tookMs: number[] = []
  for (let round = 0; round < tries; round++) tookMs.push(await resumeOnce(path, proxy))
  await bridge.close()
  await proxy.close()
  return ownRow(`resume after a killed carrier, ${STREAMS} streams, no byte lost`, 'ms', tookMs, MAX_MS)
}

async function resumeOnce(path: Path, proxy: TcpProxy): Promise<number> {
  let cutAt = Infinity
  const resumedAt = new Map<number, number>()
  const streams = Array.from({ length: STREAMS }, (_, i) =>
    stream(path, `resume-${i}`, TOKENS, ({ n, at }) => {
      if (at > cutAt && !resumedAt.has(i)) resumedAt.set(i, preciseNow())
      if (n < CUT_AT_TOKEN || cutAt !== Infinity) return
      cutAt = preciseNow()
      proxy.cut()
    }),
  )
  await Promise.all(streams)
  if (resumedAt.size < STREAMS) throw new Error('the carrier was cut too late to tell')
  return Math.max(...resumedAt.values()) - cutAt
}
