import { createHash, randomBytes } from 'node:crypto'
import { Ollama, type Options } from 'ollama'
import { describe, expect } from 'vitest'
import { shared as it } from '../support/fixtures.ts'
import type { Script } from '../support/fake-answers.ts'
import type { FakeUpstream } from '../support/fake-upstream.ts'
import type { SeenRequest } from '../support/seen-request.ts'
import { type Desk } from '../support/stack.ts'

const MESSAGES = [{ role: 'user', content: 'hello there' }]

/** The package has types for Ollama's own options only. */
function script(options: Partial<Script>): Partial<Options> {
  return options as object
}

/** All ways to pass a key to the package. */
const WAYS: readonly { readonly way: string; readonly open: (desk: Desk) => Ollama }[] = [
  { way: 'in the host', open: ({ keyUrl }) => new Ollama({ host: keyUrl }) },
  { way: 'in the host with a slash behind', open: ({ keyUrl }) => new Ollama({ host: `${keyUrl}/` }) },
  {
    way: 'in the Authorization header',
    open: ({ relayUrl, authorization }) => new Ollama({ host: relayUrl, headers: authorization }),
  },
  {
    way: 'in x-api-key',
    open: ({ relayUrl, key }) => new Ollama({ host: relayUrl, headers: { 'x-api-key': key } }),
  },
  {
    way: 'after the user’s path',
    open: ({ relayUrl, ownerId, authorization }) =>
      new Ollama({ host: `${relayUrl}/api/tunnel/${ownerId}`, headers: authorization }),
  },
]

describe('the ollama package with the demo model behind the tunnel', () => {
  let direct: Ollama
  let tunnelled: Ollama
  it.beforeAll(({ demo, demoDesk: desk }) => {
    direct = new Ollama({ host: demo.origin })
    tunnelled = new Ollama({ host: desk.keyUrl })
  })

  const model = 'demo'
  const reads: Record<string, (client: Ollama) => Promise<unknown>> = {
    list: (client) => client.list(),
    show: (client) => client.show({ model }),
    version: (client) => client.version(),
    embed: (client) => client.embed({ model, input: ['one', 'two'] }),
    embeddings: (client) => client.embeddings({ model, prompt: 'one' }),
    ps: async (client) => (await client.ps()).models.map(({ name }) => name),
    'chat, whole': async (client) => (await client.chat({ model, messages: MESSAGES })).message,
    'generate, whole': async (client) => (await client.generate({ model, prompt: 'hi' })).response,
    'preloading with an empty chat': async (client) =>
      (await client.chat({ model, messages: [] })).done_reason,
  }
  it.each(Object.entries(reads))('%s returns the same as without the tunnel', async (_name, ask) => {
    const answer = await ask(tunnelled)
    expect(answer).toEqual(await ask(direct))
    expect(answer).toBeTruthy()
  })

  it('streams chat and generate in chunks that add up to the same text', async () => {
    const [chat, generated] = await Promise.all([
      collect(await tunnelled.chat({ model, messages: MESSAGES, stream: true })),
      collect(await tunnelled.generate({ model, prompt: 'hello there', stream: true })),
    ])
    const whole = await direct.chat({ model, messages: MESSAGES })
    expect(chat.map(({ message }) => message.content).join('')).toBe(whole.message.content)
    expect(generated.map(({ response }) => response).join('')).toBe(whole.message.content)
    expect(chat.length).toBeGreaterThan(10)
    expect(chat.at(-1)).toMatchObject({ done: true, eval_count: whole.eval_count })
  })
})

describe('the ollama package', () => {
  let client: Ollama
  it.beforeAll(async ({ desk }) => {
    client = new Ollama({ host: desk.keyUrl })
  })
  const model = 'fake:latest'

  it.for(WAYS)('works with the key $way', async ({ open }, { desk }) => {
    const opened = open(desk)
    expect((await opened.version()).version).toBe('0.12.3')
    const stream = await opened.chat({ model, messages: MESSAGES, stream: true })
    const records = await collect(stream)
    expect(records.map(({ message }) => message.content).join('')).toBe(
      'token-0 token-1 token-2 token-3 token-4 ',
    )
  })

  it.for(WAYS)('never reveals the key, given $way, to the upstream', async ({ open }, { upstream, desk }) => {
    const before = upstream.fromClients.length
    await open(desk).list()
    const { target, rawHeaders } = upstream.fromClients[before]!
    expect(target).toBe('/api/tags')
    expect(rawHeaders.join('\n')).not.toContain(desk.key)
  })

  it('delivers each token before the next one is generated', async ({ upstream }) => {
    const stream = await client.chat({
      model,
      messages: MESSAGES,
      stream: true,
      options: script({ stall: 3 }),
    })
    const seen = latest(upstream, '/api/chat')
    const records = stream[Symbol.asyncIterator]()
    for (const index of [0, 1, 2])
      expect((await records.next()).value).toMatchObject({ message: { content: `token-${index} ` } })
    stream.abort()
    await expect(records.next()).rejects.toThrow(/abort/i)
    await seen.socketClosedAt
  })

  it.for(['chat', 'generate'] as const)(
    'ends %s at the upstream when it is aborted',
    async (call, { desk, upstream }) => {
      const own = new Ollama({ host: desk.keyUrl })
      const options = script({ tokens: 1e6, intervalMs: 5 })
      const stream =
        call === 'chat'
          ? await own.chat({ model, messages: MESSAGES, stream: true, options })
          : await own.generate({ model, prompt: 'x', stream: true, options })
      const seen = latest(upstream, `/api/${call}`)
      await stream[Symbol.asyncIterator]().next()
      const sentBefore = seen.tokensSent
      own.abort()
      await seen.socketClosedAt
      // Half a second has a hundred tokens.
      expect(seen.tokensSent - sentBefore).toBeLessThan(100)
    },
  )

  it('reports an unknown model as Ollama does', async () => {
    await expect(client.chat({ model: 'missing', messages: MESSAGES })).rejects.toMatchObject({
      name: 'ResponseError',
      status_code: 404,
      error: "model 'missing' not found",
    })
  })

  it.each([400, 429, 500, 503])('passes status %i and its text on', async (status) => {
    const asked = client.generate({ model, prompt: 'x', stream: true, options: script({ status }) })
    await expect(asked).rejects.toMatchObject({ status_code: status, error: `status ${status} as told` })
  })

  it('throws the upstream’s error in the middle of a response', async () => {
    const options = script({ breakAfter: 2, breakBy: 'error' })
    const stream = await client.chat({ model, messages: MESSAGES, stream: true, options })
    await expect(collect(stream)).rejects.toThrow('the runner has crashed')
  })

  it.each(['close', 'reset'] as const)(
    'never treats a truncated answer (%s) as complete',
    async (breakBy) => {
      const options = script({ breakAfter: 2, breakBy })
      const stream = await client.chat({ model, messages: MESSAGES, stream: true, options })
      await expect(collect(stream)).rejects.toThrow(/in the middle of its answer/)
    },
  )

  it('shows the relay’s own errors as text', async ({ desk }) => {
    const stranger = new Ollama({ host: desk.relayUrl })
    await expect(stranger.list()).rejects.toMatchObject({
      status_code: 401,
      error: expect.stringMatching(/No valid key/),
    })
  })

  it('receives every line of a pull, including repeated ones', async () => {
    const records = await collect(await client.pull({ model: 'x', stream: true }))
    expect(records.map(({ status }) => status)).toEqual([
      'pulling manifest',
      'pulling d',
      'pulling d',
      'success',
    ])
  })

  it('deletes with a body', async ({ upstream }) => {
    expect(await client.delete({ model: 'other:latest' })).toEqual({ status: 'success' })
    const seen = latest(upstream, '/api/delete')
    expect(seen.method).toBe('DELETE')
    expect(await seen.json()).toEqual({ name: 'other:latest' })
    await expect(client.delete({ model: 'missing' })).rejects.toMatchObject({
      status_code: 404,
      error: "model 'missing' not found",
    })
  })
})

describe('blobs, as the Ollama CLI sends them', () => {
  it('checks first, uploads chunked without a length, and finds the blob afterwards', async ({
    desk,
    upstream,
  }) => {
    const blob = randomBytes(3_000_000)
    const url = `${desk.keyUrl}/api/blobs/sha256:${createHash('sha256').update(blob).digest('hex')}`
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(404)
    const post = (body: Uint8Array) =>
      fetch(url, { method: 'POST', body: new Blob([new Uint8Array(body)]).stream(), duplex: 'half' })
    const created = await post(blob)
    expect([created.status, await created.text()]).toEqual([201, ''])
    expect(upstream.fromClients.at(-1)?.headers).toMatchObject({ 'transfer-encoding': 'chunked' })
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200)
    expect((await post(blob)).status).toBe(200)
    const mismatch = await post(randomBytes(10))
    expect([mismatch.status, await mismatch.text()]).toEqual([400, '{"error":"digest mismatch"}'])
  })
})

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const records: T[] = []
  for await (const record of stream) records.push(record)
  return records
}

function latest(fake: FakeUpstream, path: string): SeenRequest {
  const seen = fake.fromClients.findLast((request) => request.path === path)
  if (seen === undefined) throw new Error(`no request to ${path} was seen`)
  return seen
}
