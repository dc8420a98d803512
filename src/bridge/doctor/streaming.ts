import { mapWords } from '../../shared/words.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
import { frontOf, STREAMING_FIX } from './front.ts'
import type { Visit } from './relay-visit.ts'
import { troubleFor } from './trouble.ts'

/** Relay endpoint that sends ten lines, a tenth of a second apart. */
export const CHUNKS_PATH = '.well-known/cloudtolocalllm/chunks'
const CHUNKS = 10
const INTERVAL_MS = 100
/** Chunks that arrive within this time count as one group. */
const TOGETHER_MS = INTERVAL_MS / 2

/** Chunks that arrived together: their number, the time between them, and the delay after the request. */
interface Clump {
  readonly size: number
  readonly spreadMs: number
  readonly afterMs: number
}

/** Whether most chunks arrived together. A network pause has the same effect, so check twice. */
export function isCollected({ lineTimesMs }: Visit): boolean {
  return largestClump(lineTimesMs).size > CHUNKS / 2
}

/** @param visit of the chunk endpoint, or its error */
export function assessStreaming(visit: Visit | Error): CheckResult {
  if (visit instanceof Error) {
    const { why, fix } = troubleFor(visit)
    return fail(
      'streaming',
      mapWords(why, (text) => `A streamed response was interrupted: ${text}.`),
      fix,
    )
  }
  const { status, headers, lineTimesMs } = visit
  if (status !== 200)
    return warn(
      'streaming',
      `Streaming could not be tested (HTTP ${status}).`,
      'Update the relay, and configure the proxy in front of it to forward every path.',
    )
  const fix = STREAMING_FIX[frontOf(headers)]
  const arrived = lineTimesMs.length
  if (arrived < CHUNKS)
    return fail('streaming', `A streamed response ended after ${arrived} of ${CHUNKS} chunks.`, fix)
  const clump = largestClump(lineTimesMs)
  return isCollected(visit)
    ? fail('streaming', collectedText(clump), fix)
    : ok('streaming', `Responses are streamed: ${CHUNKS} chunks arrived one after another.`)
}

function collectedText({ size, spreadMs, afterMs }: Clump): string {
  const which = size === CHUNKS ? `All ${CHUNKS} chunks` : `${size} of ${CHUNKS} chunks`
  return (
    `${which} of a test response arrived within ${Math.ceil(spreadMs)} ms, after ${(afterMs / 1000).toFixed(1)} s, though the ` +
    `relay sends one every ${INTERVAL_MS} ms: a proxy in front of the relay buffers them, so tokens arrive in bursts.`
  )
}

function largestClump(timesMs: readonly number[]): Clump {
  const clumps = timesMs.map((startMs, i): Clump => {
    const together = timesMs.slice(i).filter((timeMs) => timeMs - startMs <= TOGETHER_MS)
    return { size: together.length, spreadMs: (together.at(-1) ?? startMs) - startMs, afterMs: startMs }
  })
  return clumps.reduce((a, b) => (b.size > a.size ? b : a), { size: 0, spreadMs: 0, afterMs: 0 })
}
