import { JsonScanner, type Span } from '../../../shared/json-scanner.ts'
import { parseJsonObject } from '../../../shared/json-object.ts'
import { scanObject } from '../../policy/strict-json.ts'

const NEWLINE = 0x0a
const RETURN = 0x0d
const SPACE = 0x20

/** One finished request of a batch. */
export interface BatchResult {
  readonly customId: string
  /** Correlates it with the bridge's log; `null` if it was never sent. */
  readonly requestId: string | null
  /** The HTTP answer; `null` if there was none. */
  readonly answer: { readonly status: number; readonly body: Uint8Array } | null
  /** The reason without an answer. */
  readonly error: { readonly code: string; readonly message: string } | null
}

/** Tokens of a batch. */
export interface BatchUsage {
  readonly input: number
  readonly output: number
}

/** A line of an output or error file, and the tokens that the answer reports. */
export interface BatchLine {
  /** With the end of the line. */
  readonly bytes: Uint8Array
  readonly usage: BatchUsage
}

const NO_USAGE: BatchUsage = { input: 0, output: 0 }
const USAGE_KEY = Buffer.from('"usage"')

/** @param id identifies the request within all batches */
export async function batchLine(
  id: string,
  { customId, requestId, answer, error }: BatchResult,
): Promise<BatchLine> {
  const start = `{"id":${JSON.stringify(id)},"custom_id":${JSON.stringify(customId)},"response":`
  const end = `,"error":${JSON.stringify(error)}}\n`
  if (answer === null) return { bytes: Buffer.from(`${start}null${end}`), usage: NO_USAGE }
  const head = `{"status_code":${answer.status},"request_id":${JSON.stringify(requestId ?? '')},"body":`
  const { text, usage } = await inOneLine(answer.body)
  return { bytes: Buffer.concat([Buffer.from(start + head), text, Buffer.from(`}${end}`)]), usage }
}

/** JSON has line ends between its tokens only. Anything but an object becomes a string. */
async function inOneLine(
  body: Uint8Array,
): Promise<{ readonly text: Uint8Array; readonly usage: BatchUsage }> {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  let usage: Span | undefined
  const scanner = new JsonScanner(text, ({ start, end }, value) => {
    if (USAGE_KEY.equals(text.subarray(start, end))) usage = value
  })
  const isObject = await scanObject(text, scanner).then(
    () => true,
    () => false,
  )
  if (!isObject) return { text: Buffer.from(JSON.stringify(text.toString())), usage: NO_USAGE }
  const isOneLine = !text.includes('\n') && !text.includes('\r')
  return {
    text: isOneLine ? text : text.map((byte) => (byte === NEWLINE || byte === RETURN ? SPACE : byte)),
    usage: usage === undefined ? NO_USAGE : usageIn(text.toString('utf8', usage.start, usage.end)),
  }
}

/** The tokens in any of OpenAI's forms. */
function usageIn(json: string): BatchUsage {
  const usage = parseJsonObject(json) ?? {}
  return {
    input: countOf(usage['input_tokens'] ?? usage['prompt_tokens']),
    output: countOf(usage['output_tokens'] ?? usage['completion_tokens']),
  }
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0
}
