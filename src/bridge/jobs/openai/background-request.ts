import { AppError } from '../../../shared/errors.ts'
import { isJsonObject, parseJsonObject } from '../../../shared/json-object.ts'
import { JsonScanner, type Span } from '../../../shared/json-scanner.ts'
import { scanObject } from '../../policy/strict-json.ts'
import { parseMetadata } from './batch-request.ts'
import { invalid } from './openai-fault.ts'

/** A request for a response in the background. */
export interface BackgroundRequest {
  /** Whether the client reads the events from the beginning. */
  readonly isStreamed: boolean
  readonly metadata: Readonly<Record<string, string>> | null
  /** For the model server: without `background`, as a stream. */
  readonly body: Uint8Array
}

interface Member {
  readonly key: Span
  readonly value: Span
}

const KEYS = ['background', 'stream', 'metadata'] as const
type Key = (typeof KEYS)[number]
const QUOTED = new Map(KEYS.map((key) => [key, Buffer.from(`"${key}"`)]))
const MAX_METADATA_BYTES = 64 * 1024
const COMMA = 0x2c

/** Whether a body may ask for the background, without reading it as JSON. */
export function mayBeBackground(body: Uint8Array): boolean {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes('"background"')
}

/**
 * Reads a body of `/v1/responses`, which may be of any size.
 * @returns `undefined` unless `background` is true
 * @throws AppError BODY_NOT_STRICT, OpenAiFault for invalid metadata
 */
export async function backgroundRequestIn(body: Uint8Array): Promise<BackgroundRequest | undefined> {
  const members = await membersIn(body)
  const background = members.get('background')
  if (background === undefined || textOf(body, background) !== 'true') return undefined
  const stream = members.get('stream')
  return {
    isStreamed: stream !== undefined && textOf(body, stream) === 'true',
    metadata: metadataIn(body, members.get('metadata')),
    body:
      stream === undefined
        ? spliced(body, { start: background.key.start, end: background.value.end }, '"stream":true')
        : withStream(body, background, stream),
  }
}

async function membersIn(body: Uint8Array): Promise<ReadonlyMap<Key, Member>> {
  const members = new Map<Key, Member>()
  let repeated: Key | undefined
  const scanner = new JsonScanner(body, (key, value) => {
    const name = KEYS.find((each) => QUOTED.get(each)?.equals(body.subarray(key.start, key.end)))
    if (name === undefined) return
    if (members.has(name)) repeated = name
    members.set(name, { key, value })
  })
  await scanObject(body, scanner)
  if (repeated === undefined) return members
  throw new AppError('BODY_NOT_STRICT', `The JSON body has the key "${repeated}" twice.`)
}

/** The later member first, so that the other one's range stays valid. */
function withStream(body: Uint8Array, background: Member, stream: Member): Uint8Array {
  const rest = memberRange(body, background)
  return stream.value.start > rest.start
    ? spliced(spliced(body, stream.value, 'true'), rest, '')
    : spliced(spliced(body, rest, ''), stream.value, 'true')
}

/** The member with the comma behind it, or in front of it if it is the last one. */
function memberRange(body: Uint8Array, { key, value }: Member): Span {
  let { end } = value
  while (isSpace(body[end])) end++
  if (body[end] === COMMA) return { start: key.start, end: end + 1 }
  let { start } = key
  while (isSpace(body[start - 1])) start--
  return { start: body[start - 1] === COMMA ? start - 1 : start, end: value.end }
}

function spliced(body: Uint8Array, { start, end }: Span, text: string): Uint8Array {
  return Buffer.concat([body.subarray(0, start), Buffer.from(text), body.subarray(end)])
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}

function textOf(body: Uint8Array, { value }: Member): string {
  const { start, end } = value
  return end - start > 5 ? '' : Buffer.from(body.subarray(start, end)).toString()
}

function metadataIn(body: Uint8Array, member: Member | undefined): BackgroundRequest['metadata'] {
  if (member === undefined) return null
  const { start, end } = member.value
  const text = end - start > MAX_METADATA_BYTES ? '' : Buffer.from(body.subarray(start, end)).toString()
  if (text === 'null') return null
  const value = parseJsonObject(text)
  if (!isJsonObject(value)) throw invalid('metadata', 'an object')
  return parseMetadata(value)
}
