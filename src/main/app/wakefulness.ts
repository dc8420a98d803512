import type { BridgeSnapshot } from '../../bridge/bridge-snapshot.ts'
import type { System } from './ports.ts'

/** Keeps the machine awake while requests or jobs run. */
export class Wakefulness {
  readonly #system: Pick<System, 'keepAwake'>
  #isAwake = false

  constructor(system: Pick<System, 'keepAwake'>) {
    this.#system = system
  }

  /** A job that waits for something may wait for hours: the machine may sleep then. */
  follow({ activeRequests, jobs }: Pick<BridgeSnapshot, 'activeRequests' | 'jobs'>): void {
    const isAwake =
      activeRequests > 0 || (jobs !== undefined && jobs.counts.running > 0 && jobs.hold === null)
    if (isAwake !== this.#isAwake) this.#system.keepAwake(isAwake)
    this.#isAwake = isAwake
  }

  /** The machine may sleep. */
  end(): void {
    this.#system.keepAwake(false)
    this.#isAwake = false
  }
}
