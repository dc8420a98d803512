import { isJsonObject, parseJsonObject } from '../../../shared/json-object.ts'
import { BATCH_ENDPOINTS, type BatchEndpoint } from './batch-input.ts'
import { invalid, missing, OpenAiFault } from './openai-fault.ts'
import { expirySeconds } from './upload.ts'

/** A request for a new batch. */
export interface BatchOrder {
  readonly inputFileId: string
  readonly endpoint: BatchEndpoint
  /** As the client wrote it. */
  readonly completionWindow: string
  readonly windowS: number
  readonly metadata: Readonly<Record<string, string>> | null
  /** Lifetime of the output files in seconds; `null` if the client did not choose one. */
  readonly outputExpiresS: number | null
}

const MAX_ID_CHARS = 128
/** OpenAI accepts only `24h`. A model at home may need longer. */
const WINDOW = /^([1-9]\d{0,2})([hd])$/
const MAX_WINDOW_H = 720
/** OpenAI's limits. */
const METADATA = { pairs: 16, keyChars: 64, valueChars: 512 }

/** @throws OpenAiFault */
export function parseBatchOrder(body: Uint8Array): BatchOrder {
  const order = parseJsonObject(Buffer.from(body).toString())
  if (order === undefined) throw new OpenAiFault(400, 'The body is not a JSON object.')
  const { input_file_id: inputFileId, output_expires_after: expiry } = order
  if (inputFileId === undefined) throw missing('input_file_id')
  if (typeof inputFileId !== 'string' || inputFileId.length > MAX_ID_CHARS)
    throw invalid('input_file_id', 'the id of a file')
  if (expiry !== undefined && expiry !== null && !isJsonObject(expiry))
    throw invalid('output_expires_after', 'an object')
  const sentEndpoint = order['endpoint']
  if (sentEndpoint === undefined) throw missing('endpoint')
  const endpoint = BATCH_ENDPOINTS.find((each) => each === sentEndpoint)
  if (endpoint === undefined) throw invalid('endpoint', `one of ${BATCH_ENDPOINTS.join(', ')}`)
  return {
    inputFileId,
    endpoint,
    ...windowIn(order['completion_window']),
    metadata: parseMetadata(order['metadata']),
    outputExpiresS: isJsonObject(expiry) ? expirySeconds(expiry, 'output_expires_after') : null,
  }
}

function windowIn(value: unknown): Pick<BatchOrder, 'completionWindow' | 'windowS'> {
  if (value === undefined) throw missing('completion_window')
  const [completionWindow = '', count, unit] = (typeof value === 'string' && WINDOW.exec(value)) || []
  const hours = Number(count) * (unit === 'd' ? 24 : 1)
  if (completionWindow === '' || hours > MAX_WINDOW_H)
    throw invalid('completion_window', '24h, or another time of up to 30d')
  return { completionWindow, windowS: hours * 3_600 }
}

/** @throws OpenAiFault */
export function parseMetadata(value: unknown): Readonly<Record<string, string>> | null {
  if (value === undefined || value === null) return null
  const { pairs, keyChars, valueChars } = METADATA
  const isValid =
    isJsonObject(value) &&
    Object.keys(value).length <= pairs &&
    Object.entries(value).every(
      ([key, text]) => key.length <= keyChars && typeof text === 'string' && text.length <= valueChars,
    )
  if (isValid) return value as Record<string, string>
  throw invalid(
    'metadata',
    `at most ${pairs} strings of at most ${valueChars} characters, with names of at most ${keyChars}`,
  )
}
