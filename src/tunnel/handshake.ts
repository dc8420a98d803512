import type { Clock } from '../shared/clock.ts'
import { type DeviceProof, parseDeviceProof } from '../shared/device-proof.ts'
import { AppError } from '../shared/errors.ts'
import { encodeFrame, FRAME, type Frame } from './frame.ts'
import type { TunnelLimits } from './limits.ts'
import type { Link } from './link.ts'
import { isJsonObject, parseJsonObject, type JsonObject } from '../shared/json-object.ts'

/** The supported protocol versions. */
export const PROTOCOL_VERSIONS: readonly number[] = [1]

/** The bridge's first message on a carrier. */
export interface Hello {
  readonly protocols: readonly number[]
  /** Name and version of the software, for logs. */
  readonly agent: string
  /** Distinguishes the machines of one owner. A credential that contains a device id takes precedence. */
  readonly deviceId: string
  readonly deviceName: string
  /** Random per process: distinguishes a restart from a delayed message. */
  readonly instance: string
  /** Counts this instance's HELLOs: a delayed one must not undo a newer one. */
  readonly attempt: number
  /** The session to resume, if any. */
  readonly resume?: ResumePoint
  /** Proof of possession of the device key, if the relay sent a challenge with the upgrade. */
  readonly proof?: DeviceProof
}

export interface ResumePoint {
  readonly sessionId: string
  /** The session's secret. Useless without the owner's credential. */
  readonly ticket: string
  /** Bytes of sequenced frames received by the bridge. */
  readonly receivedBytes: number
}

/** The relay's response. */
export interface Welcome {
  readonly protocol: number
  readonly sessionId: string
  readonly ticket: string
  /** False for a fresh session: the bridge's open streams are lost. */
  readonly resumed: boolean
  /** Bytes of sequenced frames received by the relay; 0 in a fresh session. */
  readonly receivedBytes: number
  readonly graceMs: number
  /** The URL for clients. */
  readonly publicUrl: string
}

/** Waits for HELLO on a fresh link. Closes the link on a timeout or any other frame. */
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
 * Sends HELLO and waits for WELCOME. Calls exactly one of the two callbacks.
 * @param onFailure the relay's close code and reason, or a local error
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

/** The newest protocol version that both ends support. */
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
  return new AppError('PROTOCOL_ERROR', `the ${what} is invalid`)
}
