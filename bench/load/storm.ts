import { withFleet } from '../fleet.ts'
import { quantile } from '../figures.ts'
import { ownRow, type Row } from '../row.ts'

const MAX_S = 30
const MAX_ANSWER_MS = 1_000
const PAUSE_MS = 20

/**
 * All devices connect simultaneously, are disconnected together, and connect again, while a client polls the relay's health.
 */
export function stormLoad(devices: number, rounds: number): Promise<Row[]> {
  return withFleet(devices, async ({ relay, port, connect, cut }) => {
    const tookS: number[] = []
    const answersMs: number[] = []
    for (let round = 0; round < rounds; round++) {
      const startedAt = performance.now()
      const isOver = { value: false }
      const asking = askUntil(port, isOver, answersMs)
      // Rejects if one device was refused: the measurement would be invalid.
      await connect(devices)
      const attached = await relay.ask<number>('attachedTunnels')
      if (attached !== devices) throw new Error(`${attached} of ${devices} devices are online`)
      tookS.push((performance.now() - startedAt) / 1000)
      isOver.value = true
      await asking
      await cut()
    }
    return [
      ownRow(`${devices} devices connect at once, until all are online`, 's', tookS, MAX_S),
      ownRow('health check meanwhile, p99', 'ms', [quantile(answersMs, 0.99)], MAX_ANSWER_MS),
    ]
  })
}

async function askUntil(port: number, isOver: { value: boolean }, tookMs: number[]): Promise<void> {
  while (!isOver.value) {
    const askedAt = performance.now()
    const response = await fetch(`http://127.0.0.1:${port}/health/live`)
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`the health check returned ${response.status} during the storm`)
    tookMs.push(performance.now() - askedAt)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
