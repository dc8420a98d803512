import { DEVICE_ANSWER_FIELDS } from '../../front/answer-headers.ts'
import { ClientExchange, type Outcome, type Report } from '../../front/client-exchange.ts'
import { ownFields } from '../../front/own-answer.ts'
import type { UpstreamContext } from '../../front/request-context.ts'
import { type BodyWriter, HEARTBEAT, ResponseBody } from '../../front/response-body.ts'
import { ResponseSink } from '../../front/response-sink.ts'
import type { BodyAllowance } from '../../shared/body-memory.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { hasBody } from '../../shared/headers.ts'
import type { Logger } from '../../shared/logger.ts'
import { encodeMessage, type RequestHead } from '../../shared/proxy-head.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import type { Client } from '../auth/authenticator.ts'
import type { RelayConfig } from '../config.ts'
import type { Breakers } from '../limits/breaker.ts'
import type { Release } from '../limits/fair-queue.ts'
import type { RelayMetrics } from '../observe/metrics.ts'
import { askEveryDevice, listHeadersFor } from '../routing/every-device.ts'
import type { Destination } from '../routing/router.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'
import { splitTarget } from '../../shared/request-path.ts'

export interface DeviceForwarderOptions {
  readonly config: Pick<RelayConfig, 'ackTimeoutMs' | 'idleTimeoutMs' | 'requestTimeoutMs'>
  readonly clock: Clock
  readonly logger: Logger
  readonly breakers: Breakers
  readonly metrics: RelayMetrics
  readonly maxMessageBytes: number
  /** The writer for a device's answer, where somebody else reads it too. */
  readonly watchAnswer: (
    context: UpstreamContext,
    client: Client,
    deviceId: string,
    writer: BodyWriter,
  ) => BodyWriter
}

/** The state of a request before a device is chosen. */
export interface AdmittedClient {
  readonly client: Client
  readonly maxBodyBytes: number
  readonly memory: BodyAllowance
  /** Releases the request's concurrency slot. */
  readonly release: Release
}

type ToDevice = Extract<Destination, { kind: 'device' }>
type ToEveryDevice = Extract<Destination, { kind: 'everyDevice' }>

/** Forwards a request to the chosen device and returns the response. */
export class DeviceForwarder {
  readonly #options: DeviceForwarderOptions

  constructor(options: DeviceForwarderOptions) {
    this.#options = options
  }

  /**
   * Takes over the request, including the release of its slot.
   * @throws AppError CIRCUIT_OPEN, HEADERS_TOO_LARGE, TOO_MANY_STREAMS, TUNNEL_LOST, with the request unchanged
   */
  forward(context: UpstreamContext, admitted: AdmittedClient, destination: ToDevice): void {
    const report = this.#options.breakers.enter(destination.tunnel)
    try {
      this.#exchange(context, admitted, destination, report)
    } catch (cause) {
      report('unknown')
      throw cause
    }
  }

  #exchange(
    context: UpstreamContext,
    admitted: AdmittedClient,
    { tunnel, held }: ToDevice,
    report: Report,
  ): void {
    const { config, clock, metrics, watchAnswer } = this.#options
    const { request, response, dialect, receivedAt } = context
    const { client, release, maxBodyBytes, memory } = admitted
    const stream = this.#open(tunnel, headFor(context, client))
    const sink = new ResponseSink(response, clock)
    const body = new ResponseBody(watchAnswer(context, client, tunnel.credential.deviceId, sink), {
      clock,
      dialect,
      baseHeaders: [...DEVICE_ANSWER_FIELDS, ...ownFields(context)],
      heartbeat: HEARTBEAT,
      allowance: memory,
      onHeartbeat: () => metrics.heartbeat(),
    })
    const finished = metrics.requestStarted(client.ownerId, client.principal)
    // It lasts as long as a job, and costs the model server nothing.
    if (isJobEvents(context)) release()
    new ClientExchange({
      request,
      response,
      receivedAt,
      stream,
      body,
      sink,
      clock,
      expectsContinue: context.expectsContinue && held === undefined,
      held: held?.bytes,
      maxBodyBytes,
      ackTimeoutMs: config.ackTimeoutMs,
      idleTimeoutMs: config.idleTimeoutMs,
      stallTimeoutMs: config.requestTimeoutMs ?? config.idleTimeoutMs,
      isReachable: () => tunnel.isAttached,
      delays: metrics,
      report,
      onDone: (outcome) => {
        release()
        // Before a head is sent, this is Node's default.
        const status = response.headersSent ? response.statusCode : undefined
        finished(dialect, status, outcome)
        this.#log(context, tunnel.id, status, outcome)
      },
    }).start()
  }

  /** A model list of all devices here. @throws AppError ACK_TIMEOUT, UPSTREAM_FAILED */
  async list(
    context: UpstreamContext,
    { client, release }: AdmittedClient,
    { tunnels, total, elsewhere }: ToEveryDevice,
  ): Promise<void> {
    const { clock, metrics } = this.#options
    const { request, response, target, dialect } = context
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    request.resume()
    const question = { ...headFor(context, client), method: 'GET', hasBody: false }
    const answer = await askEveryDevice({
      path: splitTarget(target).path,
      tunnels,
      total,
      open: (tunnel) => this.#open(tunnel, { ...question, headers: listHeadersFor(request.rawHeaders) }),
      elsewhere: elsewhere?.lists,
      isForRelay: context.pass !== undefined,
      clock,
      signal: gone.signal,
    })
    release()
    const totalMs = clock.monotonic() - context.receivedAt
    const error = response.destroyed ? 'CANCELLED' : undefined
    const bytesOut = answer.body.length
    const outcome = {
      error,
      bytesIn: 0,
      bytesOut,
      acceptMs: totalMs,
      headMs: totalMs,
      totalMs,
      tokens: undefined,
    } as const
    response.writeHead(answer.status, [...answer.headers, ...DEVICE_ANSWER_FIELDS, ...ownFields(context)])
    response.end(answer.body)
    metrics.requestStarted(client.ownerId, client.principal)(dialect, answer.status, outcome)
    this.#log(context, tunnels.map(({ id }) => id).join(','), answer.status, outcome)
  }

  #open(tunnel: Tunnel, head: Omit<RequestHead, 'device'>): TunnelStream {
    const { deviceId: id, deviceName: name } = tunnel.credential
    const bytes = encodeMessage({ ...head, device: { id, name } })
    if (bytes.length > this.#options.maxMessageBytes) throw new AppError('HEADERS_TOO_LARGE')
    return tunnel.open(bytes)
  }

  #log(
    { id: requestId, request: { method }, target }: UpstreamContext,
    tunnelId: string,
    status: number | undefined,
    outcome: Outcome,
  ): void {
    const { path } = splitTarget(target)
    this.#options.logger.info({ requestId, tunnelId, method, path, status, ...outcome }, 'request done')
  }
}

function isJobEvents({ match }: UpstreamContext): boolean {
  return match.kind === 'found' && match.route.path === '/api/jobs/:id/events'
}

function headFor(
  { request, target, match, id: requestId }: UpstreamContext,
  { principal }: Client,
): Omit<RequestHead, 'device'> {
  const { method = 'GET', rawHeaders: headers } = request
  const head = { method, target, headers, principal, requestId, hasBody: hasBody(request.headers) }
  return match.kind === 'found' && match.route.scope === 'inference' ? { ...head, usage: true } : head
}
