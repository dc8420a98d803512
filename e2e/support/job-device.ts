import { randomBytes } from 'node:crypto'
import type { DeviceIdentity } from '../../src/bridge/secrets/device-identity.ts'
import { handshakeProof } from '../../src/bridge/secrets/device-key.ts'
import { dialRelay } from '../../src/bridge/dial/relay-dialer.ts'
import { Supervisor } from '../../src/bridge/supervisor/supervisor.ts'
import type { Job } from '../../src/shared/jobs.ts'
import { formatKey } from '../../src/shared/key-format.ts'
import { silentLogger } from '../../src/shared/logger.ts'
import { encodeMessage, parseRequestHead, type Principal } from '../../src/shared/proxy-head.ts'
import { digestOf } from '../../src/tunnel/digest.ts'
import { DEFAULT_LIMITS } from '../../src/tunnel/limits.ts'
import type { TunnelStream } from '../../src/tunnel/stream.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { until } from './until.ts'

interface Subscriber {
  readonly stream: TunnelStream
  readonly principal: Principal
}

/** A device that serves jobs as a bridge does, under the control of a test: it counts what the relays ask. */
export class JobDevice {
  readonly identity: DeviceIdentity
  readonly #supervisor: Supervisor
  /** Keys with the name that their jobs have. */
  readonly #keys = new Map<string, string>()
  readonly #jobs = new Map<string, { job: Job; readonly digest: string }>()
  readonly #subscribers = new Map<string, Set<Subscriber>>()
  /** Valid from the first announcement. */
  readonly key: string
  /** Most subscriptions to one job at the same time. */
  mostSubscriptions = 0
  /** Requests by path. */
  readonly asked: string[] = []

  /** @param port of the relay or balancer */
  constructor(identity: DeviceIdentity, port: number) {
    this.identity = identity
    this.#supervisor = new Supervisor({
      clock: systemClock,
      random: Math.random,
      limits: () => DEFAULT_LIMITS,
      logger: silentLogger,
      device: () => ({ id: identity.deviceId, name: identity.deviceId }),
      dial: async (signal) => {
        const { carrier, challenge } = await dialRelay({
          url: `ws://127.0.0.1:${port}/ws/tunnel`,
          credential: identity.credential,
          agent: undefined,
          maxMessageBytes: 16 * 1024 * 1024,
          signal,
        })
        return { carrier, proof: challenge === undefined ? undefined : handshakeProof(identity, challenge) }
      },
      announcement: () =>
        JSON.stringify({ keyDigests: [...this.#keys.keys()], upstreamKind: 'ollama', models: [] }),
      onStream: (stream, head) => this.#accept(stream, head),
      onCredential: () => {},
      onChange: () => {},
    })
    this.key = this.createKey()
  }

  /** Connects, and resolves when it is online. */
  async start(): Promise<this> {
    this.#supervisor.send({ type: 'start', hasCredential: true })
    await until(() => this.#supervisor.state.kind === 'online')
    return this
  }

  /** Goes offline, as a bridge that is stopped. */
  async stop(): Promise<void> {
    this.#supervisor.send({ type: 'stop' })
    await until(() => this.#supervisor.state.kind === 'off')
  }

  async close(): Promise<void> {
    if (this.#supervisor.state.kind !== 'off') await this.stop()
  }

  createKey(name = 'phone'): string {
    const key = formatKey(this.identity.address, randomBytes(32).toString('base64url'))
    this.#keys.set(digestOf(key), name)
    this.#supervisor.announce()
    return key
  }

  /** Ends what the key has open, as a bridge does. */
  revoke(key: string): void {
    const digest = digestOf(key)
    this.#keys.delete(digest)
    this.#supervisor.announce()
    for (const { stream, principal } of this.#all())
      if (principal.kind === 'key' && principal.digest === digest) {
        stream.reset('CANCELLED')
        this.#forget(stream)
      }
  }

  addJob(job: Job, key: string): void {
    this.#jobs.set(job.id, { job, digest: digestOf(key) })
  }

  /** Changes a job and tells its subscribers. */
  change(id: string, facts: Partial<Job>): Job {
    const entry = this.#jobs.get(id)
    if (entry === undefined) throw new Error(`no job ${id}`)
    entry.job = { ...entry.job, revision: entry.job.revision + 1, ...facts }
    for (const subscriber of this.#subscribers.get(id) ?? []) this.#send(subscriber, entry.job)
    return entry.job
  }

  /** Subscriptions to a job. */
  subscriptions(id: string): number {
    return this.#subscribers.get(id)?.size ?? 0
  }

  #all(): Subscriber[] {
    return [...this.#subscribers.values()].flatMap((subscribers) => [...subscribers])
  }

  #accept(stream: TunnelStream, head: Buffer): void {
    const { target, principal, headers } = parseRequestHead(head)
    stream.attach({ message() {}, data() {}, end() {}, drain() {}, reset: () => this.#forget(stream) })
    this.asked.push(target)
    if (principal.kind === 'key' && !this.#keys.has(principal.digest)) return refuse(stream, 401)
    if (/^\/api\/jobs(?:\?|$)/.test(target)) return respond(stream, { jobs: [], has_more: false })
    const [, id = '', events] = /^\/api\/jobs\/([\w-]+)(\/events)?$/.exec(target) ?? []
    const found = this.#jobs.get(id)
    const isTheirs = principal.kind === 'owner' || principal.digest === found?.digest
    if (found === undefined || !isTheirs) return refuse(stream, 404)
    if (events === undefined) return respond(stream, found.job)
    const at = headers.findIndex((name) => name.toLowerCase() === 'last-event-id')
    this.#subscribe({ stream, principal }, found.job, at < 0 ? -1 : Number(headers[at + 1]))
  }

  #subscribe(subscriber: Subscriber, job: Job, known: number): void {
    const subscribers = this.#subscribers.get(job.id) ?? new Set()
    this.#subscribers.set(job.id, subscribers.add(subscriber))
    this.mostSubscriptions = Math.max(this.mostSubscriptions, subscribers.size)
    subscriber.stream.message(encodeMessage({ type: 'accept' }))
    sendHead(subscriber.stream, 200, 'text/event-stream')
    if (job.revision > known) this.#send(subscriber, job)
  }

  #send({ stream }: Subscriber, job: Job): void {
    stream.write(Buffer.from(`id: ${job.revision}\nevent: job\ndata: ${JSON.stringify(job)}\n\n`))
    if (job.state === 'queued' || job.state === 'running') return
    stream.end()
    this.#forget(stream)
  }

  #forget(stream: TunnelStream): void {
    for (const subscribers of this.#subscribers.values())
      for (const one of subscribers) if (one.stream === stream) subscribers.delete(one)
  }
}

function refuse(stream: TunnelStream, status: number): void {
  respond(stream, { error: 'refused by the device' }, status)
}

function respond(stream: TunnelStream, value: object, status = 200): void {
  if (status === 200) stream.message(encodeMessage({ type: 'accept' }))
  sendHead(stream, status, 'application/json')
  stream.write(Buffer.from(JSON.stringify(value)))
  stream.end()
}

function sendHead(stream: TunnelStream, status: number, type: string): void {
  stream.message(encodeMessage({ type: 'head', status, headers: ['content-type', type] }))
}
