import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { closeServers } from '../../forward/forwarder.test-support.ts'
import { FAILURE, resultOf } from '../jobs.test-support.ts'
import { OpenAiStage } from './openai.test-support.ts'

afterEach(closeServers)

const CHAT = '/v1/chat/completions'
const body = { model: 'm', messages: [] }
const line = (custom_id: string, more: object = {}): string =>
  JSON.stringify({ custom_id, method: 'POST', url: CHAT, body, ...more })
const DEVICE = { kind: 'device' } as const

async function create(stage: OpenAiStage, input: string, more: object = {}, by = 'k1') {
  const { id: input_file_id } = (await stage.upload(input, { by })).json()
  const order = { input_file_id, endpoint: CHAT, completion_window: '24h', ...more }
  return stage.ask('POST', '/v1/batches', { body: JSON.stringify(order), by })
}

const batchWith = (stage: OpenAiStage, id: string, status: string) =>
  stage.until(async () => {
    const batch = (await stage.ask('GET', `/v1/batches/${id}`)).json()
    return batch.status === status ? batch : undefined
  })

const contentOf = async (stage: OpenAiStage, id: string) =>
  (await stage.ask('GET', `/v1/files/${id}/content`)).text
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text))

/** Answers what is queued, as the runner would. */
function work(stage: OpenAiStage, id: string, results: Parameters<typeof resultOf>[1][]) {
  const { n } = stage.store.get(DEVICE, id)
  for (const more of results)
    stage.store.items.finish(
      stage.store.items.take(n)!,
      resultOf('{"usage":{"prompt_tokens":2,"completion_tokens":3}}', more),
    )
}

test('a batch is validated, runs, and ends with its files', async () => {
  const stage = await OpenAiStage.open()
  const created = await create(stage, `${line('a')}\n${line('b')}\n${line('c')}\n`, {
    metadata: { name: 'x' },
  })
  expect(created.json()).toMatchObject({ object: 'batch', status: 'validating', metadata: { name: 'x' } })
  const { id, created_at } = created.json()
  const running = await batchWith(stage, id, 'in_progress')
  expect(running).toMatchObject({
    request_counts: { total: 3, completed: 0, failed: 0 },
    output_file_id: null,
    model: 'm',
  })
  expect(running.expires_at).toBe(created_at + 86_400)
  expect(stage.store.get({ kind: 'device' }, id).model).toBe('m')
  const refusal = { body: Buffer.from('{"error":{"message":"No."}}'), requestId: 'r2' }
  work(stage, id, [{}, { ...FAILURE, ...refusal }, { ...FAILURE, status: null, body: null }])
  const done = await batchWith(stage, id, 'completed')
  expect(done).toMatchObject({
    request_counts: { total: 3, completed: 1, failed: 2 },
    errors: null,
    completed_at: created_at,
    finalizing_at: created_at,
    usage: { input_tokens: 2, output_tokens: 3, total_tokens: 5 },
  })
  expect(await contentOf(stage, done.output_file_id)).toEqual([
    {
      id: `${id.replace('batch_', 'batch_req_')}_0`,
      custom_id: 'a',
      response: {
        status_code: 200,
        request_id: 'r',
        body: { usage: { prompt_tokens: 2, completion_tokens: 3 } },
      },
      error: null,
    },
  ])
  expect(await contentOf(stage, done.error_file_id)).toMatchObject([
    {
      custom_id: 'b',
      response: { status_code: 400, request_id: 'r2', body: { error: { message: 'No.' } } },
      error: null,
    },
    { custom_id: 'c', response: null, error: { code: 'HTTP_400', message: 'No.' } },
  ])
  const file = (await stage.ask('GET', `/v1/files/${done.output_file_id}`)).json()
  expect(file).toMatchObject({ purpose: 'batch_output', filename: `${id}_output.jsonl` })
})

test('an input with errors fails the batch and leaves no request', async () => {
  const stage = await OpenAiStage.open()
  const { id } = (await create(stage, `${line('a')}\nx\n`)).json()
  expect(await batchWith(stage, id, 'failed')).toMatchObject({
    errors: { object: 'list', data: [{ code: 'invalid_json_line', line: 2, param: null }] },
    request_counts: { total: 0, completed: 0, failed: 0 },
    failed_at: expect.any(Number),
    in_progress_at: null,
  })
})

test.each([
  ['an unknown file', { input_file_id: 'file-x' }, 404],
  ['a file of another purpose', {}, 400],
])('%s is refused by name', async (_what, more, status) => {
  const stage = await OpenAiStage.open()
  const { id } = (await stage.upload(line('a'), { purpose: 'user_data' })).json()
  const order = { input_file_id: id, endpoint: CHAT, completion_window: '24h', ...more }
  const refused = await stage.ask('POST', '/v1/batches', { body: JSON.stringify(order) })
  expect([refused.status, refused.json().error.param]).toEqual([status, 'input_file_id'])
})

test('a cancelled batch keeps what is done and names the rest', async () => {
  const stage = await OpenAiStage.open()
  const { id } = (await create(stage, `${line('a')}\n${line('b')}\n${line('c')}\n`)).json()
  await batchWith(stage, id, 'in_progress')
  work(stage, id, [{}])
  const cancelling = (await stage.ask('POST', `/v1/batches/${id}/cancel`)).json()
  expect(cancelling).toMatchObject({
    status: 'cancelling',
    cancelling_at: expect.any(Number),
    output_file_id: null,
  })
  const done = await batchWith(stage, id, 'cancelled')
  expect(done).toMatchObject({
    cancelled_at: expect.any(Number),
    request_counts: { total: 3, completed: 1, failed: 0 },
  })
  expect(await contentOf(stage, done.output_file_id)).toMatchObject([{ custom_id: 'a' }])
  expect(await contentOf(stage, done.error_file_id)).toMatchObject([
    { custom_id: 'b', response: null, error: { code: 'batch_cancelled' } },
    { custom_id: 'c', response: null, error: { code: 'batch_cancelled' } },
  ])
  expect((await stage.ask('POST', `/v1/batches/${id}/cancel`)).json().status).toBe('cancelled')
})

test('a batch expires with its window', async () => {
  const stage = await OpenAiStage.open()
  const { id } = (await create(stage, line('a'), { completion_window: '1h' })).json()
  await batchWith(stage, id, 'in_progress')
  stage.files.clock.advance(3_600_000)
  stage.store.sweep()
  const done = await batchWith(stage, id, 'expired')
  expect(done).toMatchObject({ output_file_id: null, expired_at: expect.any(Number) })
  expect(await contentOf(stage, done.error_file_id)).toMatchObject([
    { custom_id: 'a', error: { code: 'batch_expired' } },
  ])
  expect((await stage.ask('POST', `/v1/batches/${id}/cancel`)).status).toBe(409)
})

test('the same Idempotency-Key gives the same batch, and another order is refused', async () => {
  const stage = await OpenAiStage.open()
  const { id: input_file_id } = (await stage.upload(line('a'))).json()
  const send = (more: object = {}) =>
    stage.ask('POST', '/v1/batches', {
      headers: ['Idempotency-Key', 'one'],
      body: JSON.stringify({ input_file_id, endpoint: CHAT, completion_window: '24h', ...more }),
    })
  const { id } = (await send()).json()
  expect((await send()).json().id).toBe(id)
  expect((await send({ metadata: {} })).status).toBe(422)
})

test('a conversation may have several batches in turn', async () => {
  const stage = await OpenAiStage.open()
  const { id: input_file_id } = (await stage.upload(line('a'))).json()
  const send = async (metadata: object) => {
    const order = { input_file_id, endpoint: CHAT, completion_window: '24h', metadata }
    const headers = ['X-Conversation-Id', 'talk']
    const { status, json } = await stage.ask('POST', '/v1/batches', { headers, body: JSON.stringify(order) })
    return [status, json().id]
  }
  const first = await send({ turn: '1' })
  expect(await send({ turn: '1' })).toEqual(first)
  const second = await send({ turn: '2' })
  expect([first[0], second[0]]).toEqual([200, 200])
  expect(second[1]).not.toBe(first[1])
  expect(await send({ turn: '2' })).toEqual(second)
})

test('batches are listed newest first, in pages, each key its own', async () => {
  const stage = await OpenAiStage.open()
  const ids: string[] = []
  for (let at = 0; at < 3; at++) ids.push((await create(stage, line('a'))).json().id)
  const { id: foreign } = (await create(stage, line('a'), {}, 'k2')).json()
  const page = async (query: string, by = 'k1') => {
    const { data, has_more } = (await stage.ask('GET', `/v1/batches${query}`, { by })).json()
    return [data.map(({ id }: { id: string }) => id), has_more]
  }
  expect(await page('?limit=2')).toEqual([[ids[2], ids[1]], true])
  expect(await page(`?limit=2&after=${ids[1]}`)).toEqual([[ids[0]], false])
  expect(await page('', 'k2')).toEqual([[foreign], false])
  expect(await page('', 'owner')).toEqual([[foreign, ids[2], ids[1], ids[0]], false])
  for (const [method, target] of [
    ['GET', `/v1/batches/${ids[0]}`],
    ['POST', `/v1/batches/${ids[0]}/cancel`],
    ['GET', `/v1/batches?after=${ids[0]}`],
    ['GET', '/v1/batches/batch_x'],
  ] as const)
    expect((await stage.ask(method, target, { by: 'k2' })).status).toBe(404)
})

test('an input that was read halfway, and files that were written halfway, are done again after a crash', async () => {
  const stage = await OpenAiStage.open()
  const { id: input_file_id } = (await stage.upload(`${line('a')}\n${line('b')}\n`)).json()
  await stage.batches.stop()
  const order = { input_file_id, endpoint: CHAT, completion_window: '24h' }
  const { id } = (await stage.ask('POST', '/v1/batches', { body: JSON.stringify(order) })).json()
  const second = await OpenAiStage.open(stage.files)
  await batchWith(second, id, 'in_progress')
  await second.batches.stop()
  work(second, id, [{}, {}])
  expect((await second.ask('GET', `/v1/batches/${id}`)).json().status).toBe('finalizing')
  const third = await OpenAiStage.open(stage.files)
  const done = await batchWith(third, id, 'completed')
  expect(await contentOf(third, done.output_file_id)).toHaveLength(2)
})

test('an input that is gone before it is read fails the batch', async () => {
  const stage = await OpenAiStage.open()
  const { id: input_file_id } = (await stage.upload(line('a'))).json()
  await rm(join(stage.files.options.directory, input_file_id))
  const order = { input_file_id, endpoint: CHAT, completion_window: '24h' }
  const { id } = (await stage.ask('POST', '/v1/batches', { body: JSON.stringify(order) })).json()
  const { errors } = await batchWith(stage, id, 'failed')
  expect(errors.data).toMatchObject([{ line: null, param: 'input_file_id' }])
})

test('files that could not be written are written later', async () => {
  const stage = await OpenAiStage.open()
  const { id } = (await create(stage, line('a'))).json()
  await batchWith(stage, id, 'in_progress')
  const { directory } = stage.files.options
  await rename(directory, `${directory}-gone`)
  work(stage, id, [{}])
  await stage.until(() => (stage.files.clock.pendingTimers > 0 ? true : undefined))
  expect((await stage.ask('GET', `/v1/batches/${id}`)).json().status).toBe('finalizing')
  await mkdir(directory)
  stage.files.clock.advance(60_000)
  const done = await batchWith(stage, id, 'completed')
  expect(await contentOf(stage, done.output_file_id)).toHaveLength(1)
})
