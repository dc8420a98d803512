import { encodeAck, encodeFrame, encodeReset, encodeWindow, FRAME } from '../../src/tunnel/frame.ts'
import type { CostStage } from './cost-stage.ts'

/** Input whose forms are measured one by one. */
export interface CostInput {
  readonly name: string
  /** The sender, which decides at which ends the cost is measured. */
  readonly from: 'client' | 'device' | 'relay'
  readonly forms: readonly CostForm[]
  /** It persists while the heap is measured: unfinished requests, unread responses. */
  readonly stays?: boolean
  /** Heap that each request retains, beyond its bytes. */
  readonly maxHeldPerRequest?: number
  /** CPU time per request, if higher than for other input. */
  readonly maxMsPerRequest?: number
  /** It fills bounded tables, as of recent requests. They are filled before heap is measured. */
  readonly fillsTables?: boolean
  /** Allows a longer turn than for other input; docs/known-issues.md explains it. */
  readonly maxTurnMs?: number
}

export interface CostForm {
  readonly name: string
  /** Sends it, and resolves once it is answered or, with `stays`, received. */
  readonly send: (stage: CostStage) => Promise<Sent>
}

/** Bytes on the wire, and how many requests, connections or thousands of frames they were. */
export interface Sent {
  readonly bytes: number
  readonly requests: number
}

const KIB = 1024
export const MIB = 1024 * KIB

/** Patterns that a parser may look for, to be repeated. */
export const FILLERS = [
  'a',
  '@',
  '@a',
  ':a',
  '/a',
  '-a',
  '.',
  ',',
  ', ',
  '; ',
  '=',
  '=a;',
  '-cloud',
  ':cloud',
  '%41',
  '%',
  '?a=',
  '&',
  '1',
  '1h',
  '1.',
  '1e',
  '-',
  '+',
  ' ',
  '\t',
  '\\',
  '\\"',
  '"',
  "'",
  '{',
  '[',
  '{"a":',
  '<',
  '(',
  '*',
  '|',
  'é',
  'ſ',
  '\u212a',
  '\u0301',
  '\u1e9b\u0323',
  '🙂',
  '\ud800',
  '\u2028',
  '\ufeff',
  '\u0000',
  '\u202e',
  'ﷺ',
]

export interface CostRequest {
  readonly method: string
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

/** @param key sent in a header field, unless the request already has one */
export function encodeRequest({ method, target, headers, body }: CostRequest, key?: string): Buffer {
  const fields = {
    host: 'relay',
    connection: 'close',
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...(body !== undefined && { 'content-length': String(body.length) }),
    ...headers,
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
  return Buffer.concat([head, body ?? Buffer.alloc(0)])
}

/** The filler as often as it fits into that many bytes. */
export function filled(filler: string, bytes: number): string {
  return filler.repeat(Math.max(1, Math.floor(bytes / Buffer.byteLength(filler))))
}

/** Bytes that a header field may hold. */
export function inOneLine(text: string, maxBytes: number): string {
  return Buffer.from(text)
    .toString('latin1')
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, 'x')
    .slice(0, maxBytes)
}

/** The filler as often as it fits into that many bytes as JSON. */
export function filledJson(filler: string, bytes: number): string {
  const inJson = Buffer.byteLength(JSON.stringify(filler)) / Buffer.byteLength(filler)
  return filled(filler, bytes / inJson)
}

/** Valid frames without an effect. Both ends must accept any number of them. */
export const IDLE_FRAMES: Readonly<Record<string, () => Buffer>> = {
  PING: () => encodeFrame(FRAME.PING, 0, Buffer.alloc(8)),
  PONG: () => encodeFrame(FRAME.PONG, 0, Buffer.alloc(8)),
  ACK: () => encodeAck(0),
  WINDOW: () => encodeWindow(1, 1),
  RESET: () => encodeReset(1, 1, 'x'.repeat(200)),
  'unknown frames that may be skipped': () => encodeFrame(0x80, 0, Buffer.alloc(8)),
}

const MAX_FRAMES = 4_000

/** Frames as a peer may send them: in messages of as many frames and bytes as are taken. */
export function* messagesOf(frames: readonly Uint8Array[]): Generator<Buffer> {
  let batch: Uint8Array[] = []
  let bytes = 0
  for (const frame of frames) {
    if (batch.length > 0 && (batch.length === MAX_FRAMES || bytes + frame.length > MIB)) {
      yield Buffer.concat(batch)
      batch = []
      bytes = 0
    }
    batch.push(frame)
    bytes += frame.length
  }
  yield Buffer.concat(batch)
}
