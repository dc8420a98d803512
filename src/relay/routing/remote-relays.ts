import type { z } from 'zod'
import type { OwnContext, RequestFacts, UpstreamContext } from '../../front/request-context.ts'
import type { AppError, ErrorCode } from '../../shared/errors.ts'
import type { DeviceAnswer } from './device-question.ts'
import type { RemoteDevices } from './remote-devices.ts'
import type { DestinationElsewhere } from './router.ts'

/** Another replica that has a tunnel of the owner. */
export interface RemoteReplica {
  readonly replica: string
  /** Of its internal listener. */
  readonly url: string
  /** How many of the owner's devices. */
  readonly devices: number
}

/** Where an owner's devices are, besides here. */
export interface OwnerLocations {
  /** The latest first. */
  readonly places: readonly RemoteReplica[]
  /** A device is between two replicas. */
  readonly isMoving: boolean
}

/** A replica's whole answer to a small question. */
export type ReplicaAnswer = Pick<DeviceAnswer, 'status' | 'headers' | 'body'>

/** Nothing has happened to a request that is refused so, and another relay may know better. */
export const MAYBE_ELSEWHERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'OFFLINE',
  'KEY_UNKNOWN',
  'DEVICE_UNKNOWN',
  'DRAINING',
  'TUNNEL_LOST',
])

/** Tells when the devices of one owner may have changed, here or elsewhere. To be closed. */
export interface OwnerWatch {
  /** Resolves with the next news, or after `maxMs`. News is heard from the first call on. */
  next(maxMs: number): Promise<void>
  close(): void
}

/** How a request goes to another relay. */
export interface Handover {
  /** Of that relay's internal listener. */
  readonly url: string
  /** Where the device was chosen already. */
  readonly chosen?: DestinationElsewhere | undefined
  /** The request has been counted here, and its credential judged. */
  readonly isCounted: boolean
}

/** The relays that act as one with this one. */
export interface RemoteRelays {
  /** Whether the owner may have devices elsewhere, beside those that are here: known without asking. */
  isShared(routingId: string): boolean
  /** Where else the owner has devices. Never rejects. */
  find(routingId: string): Promise<OwnerLocations>
  watch(routingId: string): OwnerWatch
  /** What those relays have, as far as the client's credential opens it. Never rejects: those that do not answer are left out. */
  survey(context: UpstreamContext, places: readonly RemoteReplica[]): Promise<RemoteDevices>
  /**
   * Passes a request on.
   * @returns why that relay does not take it; `undefined` once its answer has begun
   * @throws AppError where it has taken the request and then fails to answer
   */
  handOver(context: UpstreamContext, handover: Handover): Promise<AppError | undefined>
  /** What those relays answer to the same question about an owner. Never rejects. */
  ask(context: OwnContext, routingId: string): Promise<readonly ReplicaAnswer[]>
}

/** Other relays, as far as a request may go on to them: another replica has looked the device up already. */
export function relaysFor(
  { pass }: RequestFacts,
  remote: RemoteRelays | undefined,
): RemoteRelays | undefined {
  return pass === undefined ? remote : undefined
}

/** Answers of relays that know the credential. An answer of another form, as of a relay of another version, is left out. */
export function parseAnswers<T>(answers: readonly ReplicaAnswer[], schema: z.ZodType<T>): T[] {
  return answers.flatMap(({ status, body }) => (status === 200 ? (parseAnswer(body, schema) ?? []) : []))
}

/** `undefined` where the body is not JSON of this form. */
export function parseAnswer<T>(body: Uint8Array, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(body)))
  } catch {
    return undefined
  }
}
