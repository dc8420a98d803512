import type { z } from 'zod'
import type { OwnContext, RequestFacts, UpstreamContext } from '../../front/request-context.ts'
import type { AppError, ErrorCode } from '../../shared/errors.ts'
import type { DeviceAnswer } from './device-question.ts'
import type { RemoteDevices } from './remote-devices.ts'
import type { DestinationElsewhere } from './router.ts'

/** Another replica that has a tunnel of the owner. */
export interface RemoteReplica {
  readonly replica: string
  /** Its internal URL. */
  readonly url: string
  /** Number of the owner's devices. */
  readonly devices: number
}

/** The locations of an owner's devices besides this relay. */
export interface OwnerLocations {
  /** Latest first. */
  readonly places: readonly RemoteReplica[]
  /** A device is moving between two replicas. */
  readonly isMoving: boolean
  /** Redis did not reply, so there may be other places. */
  readonly isUnknown: boolean
}

/** A replica's complete response to a small request. */
export type ReplicaAnswer = Pick<DeviceAnswer, 'status' | 'headers' | 'body'>

/** Refusals without side effects that another relay may not share. */
export const MAYBE_ELSEWHERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'OFFLINE',
  'KEY_UNKNOWN',
  'DEVICE_UNKNOWN',
  'DRAINING',
  'TUNNEL_LOST',
])

/** Notifies when an owner's devices may have changed, here or elsewhere. Must be closed. */
export interface OwnerWatch {
  /** Resolves with the next notification, or after `maxMs`. Subscribes on the first call. */
  next(maxMs: number): Promise<void>
  close(): void
}

/** Parameters of passing a request to another relay. */
export interface Handover {
  /** That relay's internal URL. */
  readonly url: string
  /** Set if the device was chosen already. */
  readonly chosen?: DestinationElsewhere | undefined
  /** The request was counted and its credential checked here. */
  readonly isCounted: boolean
}

/** The other relays of the group. */
export interface RemoteRelays {
  /** Whether the owner may have devices elsewhere too, without a query. */
  isShared(routingId: string): boolean
  /** Other locations of the owner's devices. Never rejects. */
  find(routingId: string): Promise<OwnerLocations>
  watch(routingId: string): OwnerWatch
  /**
   * The devices at those relays that the client's credential is valid for. Never rejects: unresponsive relays are left out.
   */
  survey(context: UpstreamContext, places: readonly RemoteReplica[]): Promise<RemoteDevices>
  /**
   * Passes a request on.
   * @returns why that relay refuses it; `undefined` once its response has begun
   * @throws AppError if it has accepted the request and then fails
   */
  handOver(context: UpstreamContext, handover: Handover): Promise<AppError | undefined>
  /** Those relays' responses to the same query about an owner. Never rejects. */
  ask(context: OwnContext, routingId: string): Promise<readonly ReplicaAnswer[]>
}

/** The relays that a request may be passed to: none if another replica has passed it on already. */
export function relaysFor(
  { pass }: RequestFacts,
  remote: RemoteRelays | undefined,
): RemoteRelays | undefined {
  return pass === undefined ? remote : undefined
}

/** Valid responses of relays that know the credential; others, such as from another version, are left out. */
export function parseAnswers<T>(answers: readonly ReplicaAnswer[], schema: z.ZodType<T>): T[] {
  return answers.flatMap(({ status, body }) => (status === 200 ? (parseAnswer(body, schema) ?? []) : []))
}

/** `undefined` if the body is not JSON of this schema. */
export function parseAnswer<T>(body: Uint8Array, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(body)))
  } catch {
    return undefined
  }
}
