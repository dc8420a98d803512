import type { Clock, Random } from '../../shared/clock.ts'
import { isFinal } from '../../shared/jobs.ts'
import { updateMessage } from './job-message.ts'
import { isProblem, type JobProblem } from './job-problem.ts'
import type { JobReader } from './job-reader.ts'
import type { JobName, JobSharing } from './job-sharing.ts'
import { JobWatch, type Watcher } from './job-watch.ts'
import type { StatusCache } from './status-cache.ts'

export interface JobHubOptions {
  readonly clock: Clock
  readonly random: Random
  readonly reader: Pick<JobReader, 'read' | 'events'>
  readonly cache: StatusCache
  readonly sharing: JobSharing
}

/** The watched jobs of this relay. */
export class JobHub {
  readonly #options: JobHubOptions
  readonly #watches = new Map<string, { readonly name: JobName; readonly watch: JobWatch }>()

  constructor(options: JobHubOptions) {
    this.#options = options
  }

  /** Subscriptions of all connections. */
  get subscriptionCount(): number {
    return [...this.#watches.values()].reduce((sum, { watch }) => sum + watch.size, 0)
  }

  /** Subscriptions of this relay at devices. */
  get upstreamCount(): number {
    return [...this.#watches.values()].filter(({ watch }) => watch.isSubscribed).length
  }

  /**
   * Subscribes a watcher, which is authorized by a request with its own credential. It gets the current state immediately.
   * @param signal the watcher has left
   */
  async subscribe(
    watcher: Watcher,
    name: JobName,
    signal: AbortSignal,
    onSubscribed: () => void,
  ): Promise<JobProblem | undefined> {
    const reading = await this.#options.reader.read(watcher.caller, name.jobId, signal)
    if (isProblem(reading)) return reading
    if (signal.aborted) return undefined
    onSubscribed()
    const { job, staleSeconds } = reading
    const known = this.#watches.get(idOf(name))
    if (known !== undefined) known.watch.add(watcher, reading)
    else if (isFinal(job.state)) watcher.update(updateMessage(job, staleSeconds), true)
    else this.#open(watcher, name, reading)
    return undefined
  }

  unsubscribe(watcher: Watcher, name: JobName): void {
    this.#watches.get(idOf(name))?.watch.remove(watcher)
  }

  /** A device of the owner has connected here. */
  wake(routingId: string): void {
    for (const { name, watch } of this.#watches.values()) if (name.routingId === routingId) watch.wake()
  }

  close(): void {
    for (const { watch } of this.#watches.values()) watch.close()
  }

  #open(watcher: Watcher, name: JobName, reading: Parameters<JobWatch['add']>[1]): void {
    const id = idOf(name)
    const watch = new JobWatch(
      { ...this.#options, name, onOver: () => this.#watches.delete(id) },
      watcher,
      reading,
    )
    this.#watches.set(id, { name, watch })
  }
}

function idOf({ routingId, jobId }: JobName): string {
  return `${routingId} ${jobId}`
}
