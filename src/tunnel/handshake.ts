import type { Clock } from '../shared/clock.ts'
import { type DeviceProof, parseDeviceProof } from '../shared/device-proof.ts'
import { AppError } from '../shared/errors.ts'
import { encodeFrame, FRAME, type Frame } from './frame.ts'
import type { TunnelLimits } from './limits.ts'
import type { Link } from './link.ts'
import { isJsonObject, parseJsonObject, type JsonObject } from '../shared/json-object.ts'

/** The protocol versions that this code speaks. */
export const PROTOCOL_VERSIONS: readonly number[] = [1]

/** The bridge's first word on a carrier. */
export interface Hello {
  readonly protocols: readonly number[]
  /** Name and version of the software, for logs. */
  readonly agent: string
  /** Tells one owner's machines apart. A credential that names a device itself has the last word. */
  readonly deviceId: string
  readonly deviceName: string
  /** Random, of the process that speaks: tells a restart from a late word. */
  readonly instance: string
  /** Counts this instance's HELLOs up: one that was held up on its way must not undo what a later one brought about. */
  readonly attempt: number
  /** The session to go on with, if there is one. */
  readonly resume?: ResumePoint
  /** That the device holds its key: where the relay sent a challenge with the upgrade. */
  readonly proof?: DeviceProof
}

export interface ResumePoint {
  readonly sessionId: string
  /** Secret of the session. Worthless without the owner's credential. */
  readonly ticket: string
  /** Bytes of sequenced frames that the bridge has received. */
  readonly receivedBytes: number
}

/** The relay's answer. */
export interface Welcome {
  readonly protocol: number
  readonly sessionId: string
  readonly ticket: string
  /** False: this is a fresh session, and whatever the bridge still had open is lost. */
  readonly resumed: boolean
  /** Bytes of sequenced frames that the relay has received; 0 in a fresh session. */
  readonly receivedBytes: number
  readonly graceMs: number
  /** The URL that clients use. */
  readonly publicUrl: string
}

/** Waits for HELLO on a fresh link. Gives the link up when something else comes, or nothing. */
export function awaitHello(
  link: Link,
  clock: Clock,
  limits: TunnelLimits,
  onHello: (hello: Hello) => void,
): void {
  awaitFrame(
    link,
    clock,
    limits,
    FRAME.HELLO,
    (payload) => onHello(parseHello(payload)),
    () => {},
  )
}

/**
 * Says HELLO and waits for WELCOME. Exactly one of the two callbacks is called.
 * @param onFailure the code and reason that the relay closed with, or our own error
 */
export function greet(
  link: Link,
  hello: Hello,
  clock: Clock,
  limits: TunnelLimits,
  onWelcome: (welcome: Welcome) => void,
  onFailure: (code: number, reason: string) => void,
): void {
  awaitFrame(link, clock, limits, FRAME.WELCOME, (payload) => onWelcome(parseWelcome(payload)), onFailure)
  link.send(encodeFrame(FRAME.HELLO, 0, toJson(hello)))
}

export function welcome(link: Link, message: Welcome): void {
  link.send(encodeFrame(FRAME.WELCOME, 0, toJson(message)))
}

/** The newest protocol version that both ends speak. */
export function commonProtocol(offered: readonly number[]): number | undefined {
  return PROTOCOL_VERSIONS.findLast((version) => offered.includes(version))
}

function awaitFrame(
  link: Link,
  clock: Clock,
  limits: TunnelLimits,
  type: number,
  onPayload: (payload: Buffer) => void,
  onClosed: (code: number, reason: string) => void,
): void {
  const timer = clock.after(limits.handshakeTimeoutMs, () => link.fail(new AppError('HELLO_TIMEOUT')))
  link.use({
    frame(frame: Frame) {
      timer.cancel()
      if (frame.type !== type) throw new AppError('PROTOCOL_ERROR', 'the first frame was not the handshake')
      onPayload(frame.payload)
    },
    drain() {},
    closed(code, reason) {
      timer.cancel()
      onClosed(code, reason)
    },
  })
}

function toJson(value: Hello | Welcome): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function parseHello(payload: Buffer): Hello {
  const { protocols, agent, deviceId, deviceName, instance, attempt, resume, proof } = parseObject(payload)
  if (!Array.isArray(protocols) || !protocols.every(Number.isInteger)) throw unreadable('HELLO')
  const hello = {
    protocols: protocols as number[],
    agent: text(agent),
    deviceId: text(deviceId),
    deviceName: text(deviceName),
    instance: text(instance),
    attempt: count(attempt),
  }
  return {
    ...hello,
    ...(resume !== undefined && { resume: parseResumePoint(resume) }),
    ...(proof !== undefined && { proof: parseProof(proof) }),
  }
}

function parseResumePoint(value: unknown): ResumePoint {
  if (!isJsonObject(value)) throw unreadable('HELLO')
  const { sessionId, ticket, receivedBytes } = value
  return { sessionId: text(sessionId), ticket: text(ticket), receivedBytes: count(receivedBytes) }
}

function parseProof(value: unknown): DeviceProof {
  const proof = parseDeviceProof(value)
  if (proof === undefined) throw unreadable('HELLO')
  return proof
}

function parseWelcome(payload: Buffer): Welcome {
  const { protocol, sessionId, ticket, resumed, receivedBytes, graceMs, publicUrl } = parseObject(payload)
  return {
    protocol: count(protocol),
    sessionId: text(sessionId),
    ticket: text(ticket),
    resumed: resumed === true,
    receivedBytes: count(receivedBytes),
    graceMs: count(graceMs),
    publicUrl: text(publicUrl),
  }
}

function parseObject(payload: Buffer): JsonObject {
  const value = parseJsonObject(payload.toString())
  if (value === undefined) throw unreadable('handshake')
  return value
}

function text(value: unknown): string {
  if (typeof value === 'string' && value.length <= 1024) return value
  throw unreadable('handshake')
}

function count(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw unreadable('handshake')
}

function unreadable(what: string): AppError {
  return new AppError('PROTOCOL_ERROR', `the ${what} cannot be read`)
}
