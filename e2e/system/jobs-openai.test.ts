// oxlint-disable no-empty-pattern -- Vitest reads from the pattern which fixtures a function needs.
import OpenAI, { toFile } from 'openai'
import { describe, expect, test } from 'vitest'
import {
  batchThat,
  CHAT,
  chatLine,
  createBatch,
  EMBEDDINGS,
  embeddingLine,
  FINAL,
  ids,
  linesOf,
  question,
  responseThat,
} from '../support/batch-client.ts'
import { closing, FILE } from '../support/fixtures.ts'
import { JobsStage } from '../support/jobs-stage.ts'
import { until } from '../support/until.ts'

/** Failures that can pass are tried again soon. */
const SETTINGS = { MAX_RETRIES: '1', BASE_RETRY_DELAY: '1' }
/** Requests of the cancelled batch that were answered before. */
const ANSWERED = 2
/** Longer than any test takes. */
const FOR_EVER_MS = 600_000

const it = test
  .extend('stage', FILE, async ({}, { onCleanup }) => closing(await JobsStage.start(SETTINGS), onCleanup))
  .extend('client', FILE, ({ stage }) => stage.client())

type RequiredOf<T> = { [K in keyof T]-?: undefined extends T[K] ? never : K }[keyof T]

describe('batches of the real package', () => {
  it('answer every request once, although the bridge is killed three times and the relay twice', async ({
    stage,
    client,
  }) => {
    const [chats, texts] = [ids('chat', 200), ids('text', 1_000)]
    const chat = await createBatch(
      client,
      chats.map((id) => chatLine(id)),
    )
    const embedding = await createBatch(client, texts.map(embeddingLine), EMBEDDINGS)
    const doneOf = ({ request_counts: counts }: OpenAI.Batch) =>
      (counts?.completed ?? 0) + (counts?.failed ?? 0)
    const at = (count: number) =>
      batchThat(client, chat.id, (batch) => doneOf(batch) >= count || FINAL.has(batch.status))
    for (const [step, count] of [40, 90, 140].entries()) {
      await at(count)
      await stage.killBridge()
      if (step < 2) await stage.restartRelay()
      await stage.startBridge()
    }
    const [chatDone, embeddingDone] = [
      await batchThat(client, chat.id),
      await batchThat(client, embedding.id),
    ]
    expect(chatDone).toMatchObject({
      status: 'completed',
      request_counts: { total: 200, completed: 200, failed: 0 },
    })
    expect(embeddingDone).toMatchObject({
      status: 'completed',
      request_counts: { total: 1_000, completed: 1_000, failed: 0 },
    })
    const answers = await linesOf(client, chatDone.output_file_id)
    expect(answers.map(({ custom_id }) => custom_id)).toEqual(chats)
    for (const { custom_id, response, error } of answers) {
      expect([response?.status_code, error]).toEqual([200, null])
      expect(response?.body.choices[0]?.message.content).toContain(`${custom_id}-0 `)
    }
    const vectors = await linesOf(client, embeddingDone.output_file_id)
    expect(vectors.map(({ custom_id }) => custom_id)).toEqual(texts)
    expect(new Set([...answers, ...vectors].map(({ id }) => id)).size).toBe(1_200)
  })

  it('continue without a request that crashes the bridge each time', async ({ stage, client }) => {
    const lines = [chatLine('before'), chatLine('poison', { load_ms: FOR_EVER_MS }), chatLine('after')]
    const { id } = await createBatch(client, lines)
    const starts = async () => {
      const seen = stage.upstream.seen.filter(({ path }) => path === CHAT)
      return (await Promise.all(seen.map((each) => each.body()))).filter(({ text }) =>
        text.includes('"poison"'),
      ).length
    }
    for (let crash = 1; crash <= 3; crash++) {
      await until(async () => (await starts()) === crash, { what: `start ${crash}` })
      await stage.killBridge()
      await stage.startBridge()
    }
    const done = await batchThat(client, id)
    expect(done).toMatchObject({ status: 'completed', request_counts: { total: 3, completed: 2, failed: 1 } })
    expect(await linesOf(client, done.error_file_id)).toMatchObject([
      { custom_id: 'poison', response: null, error: { code: 'JOB_INTERRUPTED' } },
    ])
    expect(await starts()).toBe(3)
  })

  it('report what the model server refused beside what it answered', async ({ client }) => {
    const lines = [chatLine('good'), chatLine('bad', { status: 400 }), chatLine('broken', { breakAfter: 1 })]
    const { id } = await createBatch(client, lines)
    const done = await batchThat(client, id)
    expect(done.request_counts).toEqual({ total: 3, completed: 2, failed: 1 })
    const [error] = await linesOf(client, done.error_file_id)
    expect(error).toMatchObject({
      custom_id: 'bad',
      response: { status_code: 400, body: { error: { message: 'status 400 as told' } } },
      error: null,
    })
  })

  it('stop when they are cancelled, and name every request that was not answered', async ({ client }) => {
    const all = ids('slow', 20)
    const lines = all.map((each, at) => chatLine(each, at < ANSWERED ? {} : { load_ms: FOR_EVER_MS }))
    const { id } = await createBatch(client, lines)
    await batchThat(client, id, ({ request_counts: counts }) => counts?.completed === ANSWERED)
    expect((await client.batches.cancel(id)).status).toMatch(/^cancell/)
    const done = await batchThat(client, id)
    expect(done.status).toBe('cancelled')
    const answered = await linesOf(client, done.output_file_id)
    const unanswered = await linesOf(client, done.error_file_id)
    expect([...answered, ...unanswered].map(({ custom_id }) => custom_id)).toEqual(all)
    expect(answered).toHaveLength(ANSWERED)
    for (const { error } of unanswered) expect(error?.code).toBe('batch_cancelled')
  })

  it('are listed page by page', async ({ client }) => {
    const created: string[] = []
    for (let at = 0; at < 3; at++) created.unshift((await createBatch(client, [chatLine('a')])).id)
    const listed: string[] = []
    for await (const { id } of client.batches.list({ limit: 1 })) if (listed.push(id) === 3) break
    expect(listed).toEqual(created)
    await Promise.all(created.map((id) => batchThat(client, id)))
  })

  it('have every field that the package declares', async ({ client }) => {
    const { id } = await createBatch(client, [chatLine('a'), chatLine('b', { status: 400 })])
    const batch = await batchThat(client, id)
    const seconds = expect.any(Number)
    const usage = { input_tokens: seconds, output_tokens: seconds, total_tokens: seconds }
    expect(batch).toEqual({
      id,
      object: 'batch',
      endpoint: CHAT,
      model: 'fake',
      status: 'completed',
      errors: null,
      input_file_id: expect.stringMatching(/^file-/),
      output_file_id: expect.stringMatching(/^file-/),
      error_file_id: expect.stringMatching(/^file-/),
      completion_window: '24h',
      created_at: seconds,
      in_progress_at: seconds,
      finalizing_at: seconds,
      completed_at: seconds,
      expires_at: batch.created_at + 86_400,
      failed_at: null,
      expired_at: null,
      cancelling_at: null,
      cancelled_at: null,
      request_counts: { total: 2, completed: 1, failed: 1 },
      metadata: null,
      usage: {
        ...usage,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens_details: { reasoning_tokens: 0 },
      },
      // A type error here means that a newer package has added a field.
    } satisfies Record<keyof OpenAI.Batch, unknown>)
    expect(await client.files.retrieve(batch.output_file_id!)).toEqual({
      id: batch.output_file_id,
      object: 'file',
      bytes: seconds,
      created_at: seconds,
      expires_at: seconds,
      filename: `${id}_output.jsonl`,
      purpose: 'batch_output',
      status: 'processed',
      status_details: null,
    } satisfies Record<keyof OpenAI.FileObject, unknown>)
  })

  it('refuse an order with OpenAI’s error', async ({ client }) => {
    const order = { input_file_id: 'file-x', endpoint: CHAT, completion_window: '24h' } as const
    const failure = await client.batches.create(order).catch((cause: unknown) => cause)
    expect(failure).toBeInstanceOf(OpenAI.NotFoundError)
    expect(failure).toMatchObject({ param: 'input_file_id', type: 'invalid_request_error' })
  })
})

describe('files of the real package', () => {
  it('are uploaded, listed, described, read and deleted', async ({ client }) => {
    const file = await client.files.create({
      file: await toFile(Buffer.from('{}\n'), 'mine.jsonl'),
      purpose: 'batch',
      expires_after: { anchor: 'created_at', seconds: 3_600 },
    })
    expect(file).toMatchObject({ object: 'file', bytes: 3, filename: 'mine.jsonl', purpose: 'batch' })
    expect(file.expires_at).toBe(file.created_at + 3_600)
    expect(await client.files.retrieve(file.id)).toEqual(file)
    expect(await (await client.files.content(file.id)).text()).toBe('{}\n')
    const listed: string[] = []
    for await (const { id } of client.files.list({ purpose: 'batch', limit: 2, order: 'desc' }))
      listed.push(id)
    expect(listed[0]).toBe(file.id)
    expect(new Set(listed).size).toBe(listed.length)
    expect(await client.files.delete(file.id)).toEqual({ id: file.id, object: 'file', deleted: true })
    await expect(client.files.retrieve(file.id)).rejects.toThrow(OpenAI.NotFoundError)
  })
})

describe('responses in the background', () => {
  it('are polled for their end', async ({ client }) => {
    const { id, status } = await client.responses.create({ ...question('poll'), metadata: { for: 'me' } })
    expect([id.slice(0, 5), status]).toEqual(['resp_', 'queued'])
    expect(await responseThat(client, id)).toMatchObject({
      id,
      status: 'completed',
      background: true,
      metadata: { for: 'me' },
      output_text: 'poll-0 poll-1 poll-2 poll-3 poll-4 ',
    })
    await client.responses.delete(id)
    await expect(client.responses.retrieve(id)).rejects.toThrow(OpenAI.NotFoundError)
  })

  it('have every required field of the package from the beginning', async ({ stage, client }) => {
    const load = stage.upstream.holdLoads()
    const response = await client.responses.create(question('fields'))
    const before = await client.responses.retrieve(response.id)
    load()
    expect(before).toEqual({
      ...response,
      id: expect.stringMatching(/^resp_/),
      object: 'response',
      access_programs: null,
      created_at: expect.any(Number),
      error: null,
      incomplete_details: null,
      instructions: null,
      metadata: {},
      model: 'fake',
      output: [],
      output_text: '',
      parallel_tool_calls: true,
      temperature: null,
      tool_choice: 'auto',
      tools: [],
      top_p: null,
      status: expect.stringMatching(/^(?:queued|in_progress)$/),
    } satisfies Record<RequiredOf<OpenAI.Responses.Response> | 'status', unknown>)
    const ended = await responseThat(client, response.id)
    expect(ended).toMatchObject({ status: 'completed', error: null, incomplete_details: null })
    expect(ended.usage?.total_tokens).toBeGreaterThan(0)
  })

  it('list their input page by page', async ({ client }) => {
    const input = ['one', 'two', 'three'].map((content) => ({ role: 'user', content }) as const)
    const { id } = await client.responses.create({ ...question('input'), input })
    const texts: unknown[] = []
    for await (const item of client.responses.inputItems.list(id, { limit: 1, order: 'asc' }))
      texts.push(item.type === 'message' ? item.content : item)
    expect(texts).toEqual(input.map(({ content }) => [{ type: 'input_text', text: content }]))
  })

  it('continue after a client leaves at the very first event, and stream from after any event', async ({
    client,
  }) => {
    const stream = await client.responses.create({ ...question('leave'), stream: true })
    const first = await stream[Symbol.asyncIterator]().next()
    stream.controller.abort()
    expect(first.value).toMatchObject({ type: 'response.created', sequence_number: 0 })
    const { id } = (first.value as OpenAI.Responses.ResponseCreatedEvent).response
    const sequences = async (starting_after?: number) => {
      const numbers: number[] = []
      for await (const { sequence_number } of await client.responses.retrieve(id, {
        stream: true,
        starting_after,
      }))
        numbers.push(sequence_number)
      return numbers
    }
    const all = await sequences()
    expect(all).toEqual(all.map((_, index) => index))
    expect(all.length).toBeGreaterThan(8)
    expect(await sequences(4)).toEqual(all.slice(5))
    expect((await responseThat(client, id)).status).toBe('completed')
  })

  it('survive the bridge, and their numbers never go back', async ({ stage, client }) => {
    const resume = stage.upstream.holdAnswers(20)
    const stream = await client.responses.create({ ...question('kill', { tokens: 60 }), stream: true })
    let last = -1
    let id = ''
    for await (const event of stream) {
      last = event.sequence_number
      if (event.type === 'response.created') ({ id } = event.response)
      if (last === 8) break
    }
    await stage.killBridge()
    resume()
    await stage.startBridge()
    let text = ''
    for await (const event of await client.responses.retrieve(id, { stream: true, starting_after: last })) {
      expect(event.sequence_number).toBeGreaterThan(last)
      last = event.sequence_number
      // An attempt begins again here.
      if (event.type === 'response.in_progress') text = ''
      if (event.type === 'response.output_text.delta') text += event.delta
    }
    expect(text).toBe((await responseThat(client, id)).output_text)
    expect(text.split(' ')).toHaveLength(61)
  })

  it('stop when they are cancelled', async ({ stage, client }) => {
    const { id } = await client.responses.create(question('stop', { load_ms: FOR_EVER_MS }))
    const seen = await stage.upstream.request('/v1/responses')
    await responseThat(client, id, ({ status }) => status === 'in_progress')
    expect((await client.responses.cancel(id)).status).toBe('cancelled')
    await seen.socketClosedAt
    expect((await client.responses.retrieve(id)).status).toBe('cancelled')
  })
})
