import { silentLogger } from '../../shared/logger.ts'
import { encodeMessage, parseRequestHead, type RequestHead } from '../../shared/proxy-head.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import type { RequestOrigin } from '../forward/admission.ts'
import type { JobConditions } from './job-queue.ts'
import { JobRunner, type JobRunnerOptions } from './job-runner.ts'
import type { JobStage } from './jobs.test-support.ts'

const encode = (text: string) => Buffer.from(text)

/** A request of a job, in the hands of the test. For tests only. */
export class TestCall {
  readonly head: RequestHead
  readonly origin: RequestOrigin
  isStopped = false
  body = ''
  readonly #stream: TunnelStream

  constructor(stream: TunnelStream, open: Uint8Array, origin: RequestOrigin) {
    this.head = parseRequestHead(open)
    this.origin = origin
    this.#stream = stream
    stream.attach({
      message: () => {},
      data: (chunk) => void (this.body += Buffer.from(chunk).toString()),
      end: () => {},
      reset: () => {
        this.isStopped = true
      },
      drain: () => {},
    })
  }

  begin(status = 200, error?: ErrorCode, headers: readonly string[] = []): void {
    this.#stream.message(encodeMessage({ type: 'head', status, headers, ...(error && { error }) }))
  }

  write(text: string): void {
    this.#stream.write(encode(text))
  }

  end(): void {
    this.#stream.end()
  }

  answer(status: number, text = '{}', error?: ErrorCode, headers: readonly string[] = []): void {
    this.begin(status, error, headers)
    this.write(text)
    this.end()
  }

  breakOff(): void {
    this.#stream.reset('UPSTREAM_FAILED', 'It broke.')
  }
}

/** A runner whose requests the test answers. For tests only. */
export class RunnerStage {
  readonly calls: TestCall[] = []
  readonly jobs: JobStage
  readonly runner: JobRunner
  conditions: JobConditions = {
    isPaused: false,
    isNightOnly: false,
    night: { fromHour: 22, toHour: 7 },
    hour: 12,
    isOnBattery: false,
    runsOnBattery: false,
    isUpstreamUp: true,
    liveCount: 0,
    idleBelow: 1,
  }
  settings = { concurrency: 1, maxRetries: 3, baseRetryDelayMs: 60_000 }
  isSharing = true
  known = (_key: string): boolean => true

  constructor(jobs: JobStage, more: Partial<JobRunnerOptions> = {}) {
    this.jobs = jobs
    this.runner = new JobRunner({
      store: jobs.store,
      clock: jobs.clock,
      random: () => 0.5,
      logger: silentLogger,
      forwarder: {
        accept: (stream, open, origin) =>
          void this.calls.push(new TestCall(stream, open, origin ?? 'client')),
      },
      settings: () => this.settings,
      conditions: () => this.conditions,
      isSharing: () => this.isSharing,
      isKnown: (principal) => principal.kind === 'owner' || this.known(principal.digest),
      ...more,
    })
  }

  start(): this {
    this.runner.start()
    this.jobs.clock.settle()
    return this
  }

  /** The call that was made last. */
  get last(): TestCall {
    const call = this.calls.at(-1)
    if (call === undefined) throw new Error('no call was made')
    return call
  }

  /** Lets answers arrive, and what follows from them happen. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) {
      await new Promise(setImmediate)
      this.jobs.clock.settle()
    }
  }

  async advance(ms: number): Promise<void> {
    this.jobs.clock.advance(ms)
    await this.settle()
  }
}
