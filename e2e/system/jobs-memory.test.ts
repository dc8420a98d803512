import { expect, it, onTestFinished } from 'vitest'
import { sampleJob } from '../../src/relay/jobs/sample-job.test-support.ts'
import { JobDevice } from '../support/job-device.ts'
import { JobWatcher } from '../support/job-watcher.ts'
import { SeparateProcess } from '../support/separate-process.ts'
import { pair } from '../support/stack.ts'
import { until } from '../support/until.ts'

const FAST = 180
const SLOW = 20
const CHANGES = 2_000
/** The device waits for the watchers after this many changes. */
const BURST = 50
/** Watchers that connect at the same time. */
const BATCH = 20
/** The maximum length of a state. */
const STATUS = 'x'.repeat(600)
/** Memory per watcher, and the additional cost of a slow one: its queue and one state. */
const MAX_BYTES_PER_WATCHER = 40 * 1024
const MAX_BYTES_PER_SLOW = 80 * 1024
/** Growth while the job changes: half a KiB a change would be more, and a state takes twice that. */
const MAX_GROWTH_BYTES = CHANGES * 512
const ID = 'job_1'

/** A watcher that keeps only the revision of the newest state, so that this process stays small too. */
class Reader {
  readonly #watcher: JobWatcher
  revision = 0

  private constructor(watcher: JobWatcher) {
    this.#watcher = watcher
    watcher.socket.removeAllListeners('message')
    watcher.socket.on('message', (data: Buffer) => {
      const revision = Number(/"revision":(\d+)/.exec(data.toString())?.[1])
      expect(revision).toBeGreaterThan(this.revision)
      this.revision = revision
    })
  }

  static async open(port: number, key: string): Promise<Reader> {
    const watcher = await JobWatcher.open(port, key)
    onTestFinished(() => watcher.close())
    watcher.subscribe(ID)
    const { job } = await watcher.next(({ type }) => type === 'update')
    const reader = new Reader(watcher)
    reader.revision = job?.revision ?? 0
    return reader
  }

  pause(): void {
    this.#watcher.socket.pause()
  }

  resume(): void {
    this.#watcher.socket.resume()
  }
}

it('200 watchers, some of them slow, cost the relay the same after 2,000 changes as before', async ({
  annotate,
}) => {
  const relay = new SeparateProcess('relay-process.ts', '{"maxJobConnectionsPerUser":"300"}')
  onTestFinished(() => relay.close())
  const { url, port } = await relay.lines.json<{ url: string; port: number }>()
  const code = await relay.pairingCode('owner')
  const device = await new JobDevice(
    await pair({ url, port, mintPairingCode: () => code }, 'owner'),
    port,
  ).start()
  onTestFinished(() => device.close())
  device.addJob(sampleJob(ID), device.key)
  const change = () => {
    const bytes = { completed_bytes: 1, total_bytes: 2, bytes_per_second: null, eta_seconds: null }
    return device.change(ID, { progress: { status: STATUS, ...bytes } }).revision
  }
  const open = async (count: number): Promise<Reader[]> => {
    const readers: Reader[] = []
    while (readers.length < count)
      readers.push(
        ...(await Promise.all(
          Array.from({ length: Math.min(BATCH, count) }, () => Reader.open(port, device.key)),
        )),
      )
    return readers
  }
  /** Changes the job, at the pace of the watchers that read. */
  const burst = async (readers: readonly Reader[]): Promise<void> => {
    let last = 0
    for (let i = 0; i < BURST; i++) last = change()
    await until(() => readers.every(({ revision }) => revision === last))
  }
  const replaced = async (): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text()
    return Number(/^ctl_job_updates_total\{result="replaced"\} (\d+)$/m.exec(text)?.[1] ?? 0)
  }

  const [witness] = await open(1)
  const slow = await open(SLOW)
  const empty = await relay.heldBytes()
  for (const reader of slow) reader.pause()
  // The operating system's buffers fill up first.
  while ((await replaced()) < SLOW * BURST) await burst([witness!])
  const full = await relay.heldBytes()
  const fast = await open(FAST)
  const before = await relay.heldBytes()
  for (let changes = 0; changes < CHANGES; changes += BURST) await burst(fast)
  const growth = (await relay.heldBytes()) - before
  const [slowEach, fastEach] = [(full - empty) / SLOW, (before - full) / FAST]
  const kib = [fastEach, slowEach, growth].map((bytes) => (bytes / 1024).toFixed(1))
  await annotate(`KiB for a watcher, in addition for a slow one, growth: ${kib.join(', ')}`)
  expect(fastEach).toBeLessThan(MAX_BYTES_PER_WATCHER)
  expect(slowEach).toBeLessThan(MAX_BYTES_PER_SLOW)
  expect(growth).toBeLessThan(MAX_GROWTH_BYTES)
  for (const reader of slow) reader.resume()
  const { revision } = device.change(ID, { state: 'completed' })
  await until(() => [witness!, ...fast, ...slow].every((reader) => reader.revision === revision))
})
