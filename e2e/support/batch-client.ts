import type OpenAI from 'openai'
import { toFile } from 'openai'
import { expect } from 'vitest'
import { PATIENCE_MS } from './patience.ts'
import { until } from './until.ts'

export const CHAT = '/v1/chat/completions'
export const EMBEDDINGS = '/v1/embeddings'
type Endpoint = typeof CHAT | typeof EMBEDDINGS | '/v1/responses' | '/v1/completions'

export const chatLine = (custom_id: string, options: object = {}): string =>
  JSON.stringify({
    custom_id,
    method: 'POST',
    url: CHAT,
    body: {
      model: 'fake',
      messages: [{ role: 'user', content: 'hi' }],
      options: { marker: custom_id, ...options },
    },
  })
export const embeddingLine = (custom_id: string): string =>
  JSON.stringify({ custom_id, method: 'POST', url: EMBEDDINGS, body: { model: 'fake', input: custom_id } })

interface ResultBody {
  readonly choices: readonly { readonly message: { readonly content: string } }[]
}

interface ResultLine {
  readonly id: string
  readonly custom_id: string
  readonly response: { status_code: number; request_id: string; body: ResultBody } | null
  readonly error: { code: string; message: string } | null
}

export async function upload(
  client: OpenAI,
  content: string | Buffer,
  name = 'input.jsonl',
): Promise<string> {
  const file = await toFile(Buffer.from(content), name)
  return (await client.files.create({ file, purpose: 'batch' })).id
}

export async function createBatch(
  client: OpenAI,
  lines: readonly string[] | string,
  endpoint: Endpoint = CHAT,
): Promise<OpenAI.Batch> {
  const content = typeof lines === 'string' ? lines : `${lines.join('\n')}\n`
  const input_file_id = await upload(client, content)
  return client.batches.create({ input_file_id, endpoint, completion_window: '24h' })
}

export const FINAL = new Set(['completed', 'failed', 'cancelled', 'expired'])

/** Polls through restarts of relay and bridge. */
export async function batchThat(
  client: OpenAI,
  id: string,
  fits: (batch: OpenAI.Batch) => boolean = ({ status }) => FINAL.has(status),
): Promise<OpenAI.Batch> {
  let batch: OpenAI.Batch | undefined
  const look = async () => {
    batch = await client.batches.retrieve(id).catch(() => undefined)
    return batch !== undefined && fits(batch)
  }
  await until(look, { what: `batch ${id}`, timeoutMs: 2 * PATIENCE_MS, everyMs: 20 })
  return batch!
}

export async function linesOf(client: OpenAI, id: string | null | undefined): Promise<ResultLine[]> {
  if (!id) return []
  const text = await (await client.files.content(id)).text()
  expect(text.endsWith('\n')).toBe(true)
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ResultLine)
}

export const ids = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}-${n}`)

export const question = (marker: string, options: object = {}) => ({
  model: 'fake',
  input: 'hi',
  background: true,
  options: { marker, ...options },
})
const isDone = ({ status }: OpenAI.Responses.Response) => status !== 'queued' && status !== 'in_progress'

export async function responseThat(
  client: OpenAI,
  id: string,
  fits = isDone,
): Promise<OpenAI.Responses.Response> {
  let response = await client.responses.retrieve(id)
  await until(async () => fits((response = await client.responses.retrieve(id))), { what: `response ${id}` })
  return response
}
