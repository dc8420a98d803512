import { readdir } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import { closeServers, header } from '../../forward/forwarder.test-support.ts'
import { OpenAiStage } from './openai.test-support.ts'

afterEach(closeServers)

test('a file is uploaded, listed, described, read and deleted', async () => {
  const stage = await OpenAiStage.open()
  const uploaded = await stage.upload('{}\n')
  const createdAt = Math.floor(stage.files.clock.now() / 1000)
  const file = {
    id: expect.stringMatching(/^file-/),
    object: 'file',
    bytes: 3,
    created_at: createdAt,
    expires_at: createdAt + 3_600,
    filename: 'input.jsonl',
    purpose: 'batch',
    status: 'processed',
    status_details: null,
  }
  expect([uploaded.status, uploaded.json()]).toEqual([200, file])
  const { id } = uploaded.json()
  expect((await stage.ask('GET', '/v1/files')).json()).toEqual({
    object: 'list',
    data: [file],
    first_id: id,
    last_id: id,
    has_more: false,
  })
  expect((await stage.ask('GET', `/v1/files/${id}`)).json()).toEqual(file)
  const content = await stage.ask('GET', `/v1/files/${id}/content`)
  expect([content.text, header(content.stream, 'content-length')]).toEqual(['{}\n', '3'])
  expect((await stage.ask('DELETE', `/v1/files/${id}`)).json()).toEqual({ id, object: 'file', deleted: true })
  expect((await stage.ask('GET', `/v1/files/${id}`)).status).toBe(404)
})

test.each(['Idempotency-Key', 'X-Conversation-Id'])(
  'the same upload with the same %s is one file',
  async (header) => {
    const stage = await OpenAiStage.open()
    const upload = async (content: string, more: object = {}) => {
      const { status, json } = await stage.upload(content, { headers: [header, '"one"'], ...more })
      return { status, id: json().id }
    }
    const first = await upload('{}\n')
    expect(first.status).toBe(200)
    expect(await upload('{}\n')).toEqual(first)
    expect((await upload('{}\n', { by: 'k2' })).id).not.toBe(first.id)
    const other = await upload('{"a":1}\n')
    if (header === 'Idempotency-Key') expect(other.status).toBe(422)
    else expect([other.status, await upload('{"a":1}\n')]).toEqual([200, other])
    const { data } = (await stage.ask('GET', '/v1/files')).json()
    expect(data).toHaveLength(header === 'Idempotency-Key' ? 1 : 2)
    expect(await readdir(stage.files.options.directory)).toHaveLength(data.length + 1)
    await stage.ask('DELETE', `/v1/files/${first.id}`)
    expect((await upload('{"b":1}\n')).status).toBe(200)
  },
)

test('an error has the fields that OpenAI’s clients read', async () => {
  const stage = await OpenAiStage.open()
  const { status, json } = await stage.ask('GET', '/v1/files/file-x/content')
  expect([status, json()]).toEqual([
    404,
    {
      error: {
        message: 'No such File object: file-x',
        type: 'invalid_request_error',
        param: 'id',
        code: 'not_found',
      },
    },
  ])
})

test.each(['limit=0', 'limit=x', 'limit=10001', 'order=up', 'purpose=x', `after=${'x'.repeat(200)}`])(
  'a list with %s is refused by name',
  async (query) => {
    const stage = await OpenAiStage.open()
    const { status, json } = await stage.ask('GET', `/v1/files?${query}`)
    expect([status, json().error.param]).toEqual([400, query.split('=')[0]])
  },
)

test('a page ends where its limit is, and the next one begins behind it', async () => {
  const stage = await OpenAiStage.open()
  for (let at = 0; at < 3; at++) await stage.upload('{}')
  const first = (await stage.ask('GET', '/v1/files?limit=2&order=asc&purpose=batch')).json()
  expect([first.data.length, first.has_more]).toEqual([2, true])
  const next = (await stage.ask('GET', `/v1/files?limit=2&order=asc&after=${first.last_id}`)).json()
  expect([next.data.length, next.has_more]).toEqual([1, false])
})
