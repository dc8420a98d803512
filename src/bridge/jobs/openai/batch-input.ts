import { createHash } from 'node:crypto'
import { AppError } from '../../../shared/errors.ts'
import { JsonScanner, type Span } from '../../../shared/json-scanner.ts'
import { parseStrictJson, scanObject } from '../../policy/strict-json.ts'
import { elementsIn, isArray, memberIn } from './json-elements.ts'
import { linesOf, type Line } from './jsonl-lines.ts'

/** The endpoints of batches. All requests of a batch go to the same. */
export const BATCH_ENDPOINTS = [
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/responses',
] as const
export type BatchEndpoint = (typeof BATCH_ENDPOINTS)[number]

/** One request of a batch. */
export interface BatchRequest {
  readonly customId: string
  /** The JSON body, byte for byte. */
  readonly body: Uint8Array
  readonly model: string
  /** Number of inputs of a request for embeddings; 1 for any other request. */
  readonly inputs: number
}

/** One error in an input file, as OpenAI reports it. */
export interface BatchInputError {
  readonly code: string
  readonly line: number | null
  readonly message: string
  readonly param: string | null
}

/** OpenAI's limit for the requests of a batch, and for the embedding inputs in all of them. */
export const MAX_BATCH_INPUTS = 50_000
/** Reading stops with this many errors. */
export const MAX_INPUT_ERRORS = 100
/** A longer line is an error: it is held in memory. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024
const MAX_CUSTOM_ID_CHARS = 512
const MAX_HELD_ID_CHARS = 64

const KEYS = ['custom_id', 'method', 'url', 'body'] as const
type Key = (typeof KEYS)[number]
/** With quotes: a \u escape takes six bytes per character. */
const LONGEST_KEY_BYTES = 6 * 'custom_id'.length + 2
const MAX_VALUE_BYTES = 6 * MAX_CUSTOM_ID_CHARS + 2

const TOKEN = /^\s*\d/
const decoder = new TextDecoder()

class InputFault extends Error {
  readonly code: string
  readonly param: string | null

  constructor(code: string, message: string, param: string | null = null) {
    super(message)
    this.code = code
    this.param = param
  }
}

/** The input of a batch is not valid. */
export class InvalidBatchInput extends Error {
  override readonly name = 'InvalidBatchInput'
  readonly errors: readonly BatchInputError[]

  constructor(errors: readonly BatchInputError[]) {
    super('the input of the batch is not valid')
    this.errors = errors
  }
}

/**
 * Reads the input of a batch line by line and checks it as OpenAI does. Yields the requests in the order of the file, as long as there is
 * no error.
 * @throws InvalidBatchInput at the end of the input, with at most `MAX_INPUT_ERRORS`
 */
export async function* batchRequestsIn(
  source: AsyncIterable<Uint8Array>,
  endpoint: BatchEndpoint,
): AsyncGenerator<BatchRequest> {
  const errors: BatchInputError[] = []
  const note = (line: number | null, { code, message, param }: InputFault): void =>
    void errors.push({ code, line, message, param })
  const ids = new SeenIds()
  let inputs = 0
  for await (const line of linesOf(source, MAX_LINE_BYTES)) {
    const request = await requestIn(line, endpoint, ids, MAX_BATCH_INPUTS - inputs).catch(
      (cause: unknown) => {
        if (!(cause instanceof InputFault)) throw cause
        note(line.number, cause)
        return undefined
      },
    )
    if (errors.length === MAX_INPUT_ERRORS || errors.at(-1)?.code === 'too_many_tasks') break
    inputs += request?.inputs ?? 0
    if (request !== undefined && errors.length === 0) yield request
  }
  if (ids.size === 0 && errors.length === 0)
    note(null, new InputFault('empty_file', 'The input file has no request. Write one JSON object a line.'))
  if (errors.length > 0) throw new InvalidBatchInput(errors)
}

/** The ids of a file. Long ones are held as digests. */
class SeenIds {
  readonly #ids = new Set<string>()

  get size(): number {
    return this.#ids.size
  }

  add(id: string): void {
    const held =
      id.length <= MAX_HELD_ID_CHARS ? id : `sha256 ${createHash('sha256').update(id).digest('base64')}`
    if (this.#ids.has(held))
      throw new InputFault(
        'duplicate_custom_id',
        `The custom_id '${id}' was used for another request of this batch. Use each one once.`,
        'custom_id',
      )
    this.#ids.add(held)
  }
}

/** @param room the number of inputs that the batch may still have */
async function requestIn(
  { bytes }: Line,
  endpoint: BatchEndpoint,
  ids: SeenIds,
  room: number,
): Promise<BatchRequest> {
  if (bytes === undefined)
    throw new InputFault('line_too_long', `This line is longer than ${MAX_LINE_BYTES / 2 ** 20} MiB.`)
  const spans = await spansIn(bytes)
  const customId = textIn(bytes, spans, 'custom_id')
  if (customId === '' || customId.length > MAX_CUSTOM_ID_CHARS)
    throw new InputFault(
      'invalid_value',
      `The custom_id must have 1 to ${MAX_CUSTOM_ID_CHARS} characters.`,
      'custom_id',
    )
  if (textIn(bytes, spans, 'method') !== 'POST')
    throw new InputFault('invalid_method', 'The method of each request must be POST.', 'method')
  if (textIn(bytes, spans, 'url') !== endpoint)
    throw new InputFault(
      'invalid_url',
      `The URL provided for this request does not match the batch endpoint ${endpoint}.`,
      'url',
    )
  const { start, end } = spanOf(spans, 'body')
  const body = bytes.subarray(start, end)
  const model = await modelIn(body)
  const inputs = endpoint === '/v1/embeddings' ? await embeddingInputsIn(body) : 1
  if (inputs > room) throw tooMany()
  ids.add(customId)
  return { customId, body, model, inputs }
}

/** The ranges of the four members. */
async function spansIn(bytes: Uint8Array): Promise<ReadonlyMap<Key, Span>> {
  const spans = new Map<Key, Span>()
  let repeated: Key | undefined
  const scanner = new JsonScanner(bytes, (keySpan, span) => {
    const key = keyIn(bytes, keySpan)
    if (key === undefined) return
    if (spans.has(key)) repeated = key
    spans.set(key, span)
  })
  await strictly(scanObject(bytes, scanner), 'This line is not parseable as valid JSON.')
  if (repeated === undefined) return spans
  throw new InputFault('invalid_json_line', `This line has the key "${repeated}" twice.`, repeated)
}

async function modelIn(body: Uint8Array): Promise<string> {
  const { value } = await strictly(parseStrictJson(body), 'The body is not one plain JSON object.', 'body')
  if (value.stream === true)
    throw new InputFault('invalid_value', 'Streaming is not supported in batches.', 'body.stream')
  if (typeof value.model !== 'string' || value.model === '') throw missing('body.model')
  return value.model
}

/** The input is one text or a list of texts; a text may also be a list of tokens. */
async function embeddingInputsIn(body: Uint8Array): Promise<number> {
  const input = await memberIn(body, 'input')
  if (input === undefined || !isArray(body, input)) return 1
  let count = 0
  for (const { start, end } of elementsIn(body, input)) {
    if (
      count === 0 &&
      TOKEN.test(decoder.decode(body.subarray(start, Math.min(end, start + LONGEST_KEY_BYTES))))
    )
      return 1
    count++
  }
  return Math.max(1, count)
}

async function strictly<T>(work: Promise<T>, message: string, param: string | null = null): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause
    throw new InputFault('invalid_json_line', message, param)
  }
}

function keyIn(bytes: Uint8Array, { start, end }: Span): Key | undefined {
  if (end - start > LONGEST_KEY_BYTES) return undefined
  const key: unknown = JSON.parse(decoder.decode(bytes.subarray(start, end)))
  return KEYS.find((each) => each === key)
}

function spanOf(spans: ReadonlyMap<Key, Span>, key: Key): Span {
  const span = spans.get(key)
  if (span === undefined) throw missing(key)
  return span
}

function textIn(bytes: Uint8Array, spans: ReadonlyMap<Key, Span>, key: Key): string {
  const { start, end } = spanOf(spans, key)
  const isShort = end - start <= MAX_VALUE_BYTES
  const value: unknown = isShort ? JSON.parse(decoder.decode(bytes.subarray(start, end))) : undefined
  if (typeof value !== 'string' || !value.isWellFormed())
    throw new InputFault('invalid_type', `The ${key} must be a string of ordinary length.`, key)
  return value
}

function missing(param: string): InputFault {
  return new InputFault('missing_required_parameter', `Missing required parameter: '${param}'.`, param)
}

function tooMany(): InputFault {
  return new InputFault(
    'too_many_tasks',
    `A batch has at most ${MAX_BATCH_INPUTS.toLocaleString('en')} requests, or embedding inputs in all of them. Split the file.`,
  )
}
