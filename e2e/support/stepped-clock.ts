import { setImmediate as turn } from 'node:timers/promises'
import { FakeClock } from '../../src/tunnel/fake-clock.test-support.ts'

const STEP_MS = 1_000
/** Event loop turns for a byte to pass client, relay, bridge and upstream, with a wide margin. */
const TURNS_PER_STEP = 20

/** Time stands still until a test advances it. Callbacks for `soon` run by themselves, since the sockets are real. */
export class SteppedClock extends FakeClock {
  override soon(callback: () => void): void {
    setImmediate(callback)
  }

  /**
   * Advances second by second; the effects of one second have arrived before the next.
   * @param hasArrived whether what is due by now has: the operating system may take longer than some turns
   */
  async pass(ms: number, hasArrived: () => boolean = () => true): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += STEP_MS) {
      this.advance(STEP_MS)
      for (let turns = 0; turns < TURNS_PER_STEP || !hasArrived(); turns++) await turn()
    }
  }
}
