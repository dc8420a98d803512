import type { KeyedText } from '../../shared/words.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
import { checkWords } from './check-words.ts'
import { frontOf } from './front.ts'
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
    return fail('streaming', checkWords('finding.streaming.interrupted', { why }), fix)
  }
  const { status, headers, lineTimesMs } = visit
  if (status !== 200)
    return warn(
      'streaming',
      checkWords('finding.streaming.untested', { status }),
      checkWords('fix.streaming.untested'),
    )
  const fix = checkWords(`fix.streaming.${frontOf(headers)}`)
  const [arrived, chunks] = [lineTimesMs.length, CHUNKS]
  if (arrived < CHUNKS)
    return fail('streaming', checkWords('finding.streaming.short', { arrived, chunks }), fix)
  return isCollected(visit)
    ? fail('streaming', collectedWords(largestClump(lineTimesMs)), fix)
    : ok('streaming', checkWords('finding.streaming.works', { chunks }))
}

function collectedWords({ size, spreadMs, afterMs }: Clump): KeyedText {
  const chunks = CHUNKS
  return checkWords('finding.streaming.collected', {
    which:
      size === CHUNKS
        ? checkWords('finding.streaming.all', { chunks })
        : checkWords('finding.streaming.some', { size, chunks }),
    spread: { value: Math.ceil(spreadMs), unit: 'millisecond', digits: 0 },
    after: { value: afterMs / 1000, unit: 'second', digits: 1 },
    interval: { value: INTERVAL_MS, unit: 'millisecond', digits: 0 },
  })
}

function largestClump(timesMs: readonly number[]): Clump {
  const clumps = timesMs.map((startMs, i): Clump => {
    const together = timesMs.slice(i).filter((timeMs) => timeMs - startMs <= TOGETHER_MS)
    return { size: together.length, spreadMs: (together.at(-1) ?? startMs) - startMs, afterMs: startMs }
  })
  return clumps.reduce((a, b) => (b.size > a.size ? b : a), { size: 0, spreadMs: 0, afterMs: 0 })
}
