import OpenAI, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai'
import { describe, expect } from 'vitest'
import { FILE, shared } from '../support/fixtures.ts'
import type { Script } from '../support/fake-answers.ts'
import type { SeenRequest } from '../support/seen-request.ts'
import { type Desk } from '../support/stack.ts'
import { until } from '../support/until.ts'

const MESSAGES = [{ role: 'user' as const, content: 'hello there' }]
const model = 'fake:latest'

/** All ways to pass a key to the package. It requires an API key, so a key in the path needs a placeholder. */
const WAYS: readonly { readonly way: string; readonly open: (desk: Desk) => OpenAI }[] = [
  {
    way: 'as API key',
    open: ({ relayUrl, key }) => new OpenAI({ baseURL: `${relayUrl}/v1`, apiKey: key }),
  },
  {
    way: 'in the base URL',
    open: ({ keyUrl }) => new OpenAI({ baseURL: `${keyUrl}/v1`, apiKey: 'ollama' }),
  },
  {
    way: 'in the base URL with a trailing slash',
    open: ({ keyUrl }) => new OpenAI({ baseURL: `${keyUrl}/v1/`, apiKey: 'ollama' }),
  },
  {
    way: 'in both',
    open: ({ keyUrl, key }) => new OpenAI({ baseURL: `${keyUrl}/v1`, apiKey: key }),
  },
  {
    way: 'after the user’s path',
    open: ({ relayUrl, ownerId, key }) =>
      new OpenAI({ baseURL: `${relayUrl}/api/tunnel/${ownerId}/v1`, apiKey: key }),
  },
]

const it = shared.extend(
  'generations',
  FILE,
  ({ upstream }) =>
    (): SeenRequest[] =>
      upstream.fromClients.filter(({ path }) => path === '/v1/chat/completions'),
)

describe('the openai package with the demo model behind the tunnel', () => {
  let direct: OpenAI
  let tunnelled: OpenAI
  it.beforeAll(({ demo, demoDesk: desk }) => {
    direct = new OpenAI({ baseURL: `${demo.origin}/v1`, apiKey: 'none' })
    tunnelled = new OpenAI({ baseURL: `${desk.relayUrl}/v1`, apiKey: desk.key })
  })

  const calls: Record<string, (client: OpenAI) => Promise<unknown>> = {
    models: async (client) => (await client.models.list()).data,
    model: (client) => client.models.retrieve('demo'),
    'chat, whole': async (client) =>
      (await client.chat.completions.create({ model: 'demo', messages: MESSAGES })).choices,
    'completion, whole': async (client) =>
      (await client.completions.create({ model: 'demo', prompt: 'hi' })).choices,
    // The package asks for base64 by default.
    embeddings: async (client) =>
      (await client.embeddings.create({ model: 'demo', input: ['one', 'two'] })).data,
  }
  it.each(Object.entries(calls))('%s returns the same as without the tunnel', async (_name, ask) => {
    const answer = await ask(tunnelled)
    expect(answer).toEqual(await ask(direct))
    expect(answer).toBeTruthy()
  })

  it('streams chat and completions in chunks that add up to the same text', async () => {
    const stream_options = { include_usage: true }
    const [chat, completion] = await Promise.all([
      collect(
        await tunnelled.chat.completions.create({
          model: 'demo',
          messages: MESSAGES,
          stream: true,
          stream_options,
        }),
      ),
      collect(await tunnelled.completions.create({ model: 'demo', prompt: 'hello there', stream: true })),
    ])
    const whole = await direct.chat.completions.create({ model: 'demo', messages: MESSAGES })
    const text = whole.choices[0]?.message.content
    expect(chat.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(text)
    expect(completion.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe(text)
    expect(chat.length).toBeGreaterThan(10)
    expect(chat.at(-1)?.usage).toEqual(whole.usage)
  })
})

describe('the openai package', () => {
  let client: OpenAI
  it.beforeAll(async ({ desk }) => {
    client = new OpenAI({ baseURL: `${desk.relayUrl}/v1`, apiKey: desk.key })
  })
  it.beforeEach(({ upstream }) => {
    upstream.seen.length = 0
  })
  const asking = (options: Partial<Script>) => ({ model, messages: MESSAGES, options })
  const chat = (opened: OpenAI, options: Partial<Script> = {}) =>
    opened.chat.completions.create(asking(options))
  const streamedChat = (opened: OpenAI, options: Partial<Script> = {}) =>
    opened.chat.completions.create({ ...asking(options), stream: true })

  it.for(WAYS)(
    'works with the key $way, which the upstream never sees',
    async ({ open }, { desk, generations }) => {
      const opened = open(desk)
      expect((await chat(opened)).choices[0]?.message.content).toBe(
        'token-0 token-1 token-2 token-3 token-4 ',
      )
      const chunks = await collect(await streamedChat(opened))
      expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toContain('token-4')
      for (const { target, rawHeaders } of generations()) {
        expect(target).toBe('/v1/chat/completions')
        expect(rawHeaders.join('\n')).not.toContain(desk.key)
      }
      expect(generations()).toHaveLength(2)
    },
  )

  it.for(['hf.co/some/model:Q4_K_M', 'plain', 'with space & more', 'ünïcode:latest'])(
    'requests the model %j byte for byte',
    async (name, { upstream }) => {
      await client.models.retrieve(name)
      await new OpenAI({ baseURL: `${upstream.origin}/v1`, apiKey: 'none' }).models.retrieve(name)
      const [tunnelled, direct] = upstream.fromClients
      expect(tunnelled?.target).toBe(direct?.target)
      expect(decodeURIComponent(tunnelled?.target ?? '')).toBe(`/v1/models/${name}`)
    },
  )

  it('ends the generation at the upstream when it is aborted', async ({ generations }) => {
    const stream = await streamedChat(client, { tokens: 1e6, intervalMs: 5 })
    await stream[Symbol.asyncIterator]().next()
    const seen = generations()[0]!
    const sentBefore = seen.tokensSent
    stream.controller.abort()
    await seen.socketClosedAt
    // Half a second has a hundred tokens.
    expect(seen.tokensSent - sentBefore).toBeLessThan(100)
  })

  it('ends the generation at the upstream when it is aborted before the first token', async ({
    upstream,
    generations,
  }) => {
    const release = upstream.holdLoads()
    const controller = new AbortController()
    const asked = client.chat.completions.create({ model, messages: MESSAGES }, { signal: controller.signal })
    const seen = await upstream.request('/v1/chat/completions')
    controller.abort()
    await expect(asked).rejects.toThrow(/abort/i)
    await seen.socketClosedAt
    release()
    expect(generations()).toHaveLength(1)
  })

  it.for([
    [400, BadRequestError],
    [403, PermissionDeniedError],
    [404, NotFoundError],
    [422, Error],
  ] as const)('does not retry after status %i', async ([status, type], { generations }) => {
    const asked = chat(client, { status })
    await expect(asked).rejects.toBeInstanceOf(type)
    await expect(asked).rejects.toMatchObject({ status, error: { message: `status ${status} as told` } })
    expect(generations()).toHaveLength(1)
  })

  it('neither retries a truncated answer nor treats it as complete', async ({ generations }) => {
    for (const breakBy of ['close', 'reset', 'error'] as const)
      await expect(
        streamedChat(client, { breakAfter: 2, breakBy }).then((stream) => collect(stream)),
      ).rejects.toThrow(/in the middle of its answer|crashed/)
    expect(generations()).toHaveLength(3)
  })

  it('throws an authentication error without a valid key, and the upstream gets no request', async ({
    desk,
    upstream,
  }) => {
    for (const apiKey of ['ollama', `${desk.key.slice(0, -1)}!`, flipped(desk.key)]) {
      const stranger = new OpenAI({ baseURL: `${desk.relayUrl}/v1`, apiKey })
      await expect(chat(stranger)).rejects.toBeInstanceOf(AuthenticationError)
      await expect(chat(stranger)).rejects.toMatchObject({
        status: 401,
        type: 'authentication_error',
        code: expect.stringMatching(/^(UNAUTHORIZED|KEY_UNKNOWN)$/),
      })
    }
    expect(upstream.fromClients).toHaveLength(0)
  })

  it('throws a permission error for what the key may not do', async ({ desk, generations }) => {
    const { key } = await desk.createKey({ name: 'reader', scopes: ['read'] })
    const reader = new OpenAI({ baseURL: `${desk.relayUrl}/v1`, apiKey: key })
    await expect(chat(reader)).rejects.toBeInstanceOf(PermissionDeniedError)
    await expect(chat(reader)).rejects.toMatchObject({ status: 403, code: 'SCOPE_MISSING' })
    expect(generations()).toHaveLength(0)
  })

  it('throws a not-found error for an unknown model', async () => {
    const asked = client.chat.completions.create({ model: 'missing', messages: MESSAGES })
    await expect(asked).rejects.toBeInstanceOf(NotFoundError)
    await expect(asked).rejects.toMatchObject({ error: { message: "model 'missing' not found" } })
  })

  it('throws a not-found error for a path that does not exist', async () => {
    await expect(client.vectorStores.list()).rejects.toMatchObject({ status: 404, code: 'NOT_FOUND' })
  })

  it('throws a rate limit error with the time to retry', async ({ desk, generations }) => {
    const { key } = await desk.createKey({ name: 'slow', requestsPerMinute: 1 })
    const slow = new OpenAI({ baseURL: `${desk.relayUrl}/v1`, apiKey: key, maxRetries: 0 })
    await chat(slow)
    const refused: unknown = await chat(slow).catch((cause: unknown) => cause)
    expect(refused).toBeInstanceOf(RateLimitError)
    const { headers, code } = refused as RateLimitError
    expect(code).toBe('TOO_MANY_REQUESTS')
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(generations()).toHaveLength(1)
  })

  it('throws a rate limit error when too many of a key’s requests are running', async ({
    desk,
    upstream,
  }) => {
    const { key } = await desk.createKey({ name: 'single', maxConcurrent: 1 })
    const single = new OpenAI({ baseURL: `${desk.relayUrl}/v1`, apiKey: key, maxRetries: 0 })
    const release = upstream.holdLoads()
    const first = chat(single)
    await upstream.request('/v1/chat/completions')
    await expect(chat(single)).rejects.toMatchObject({ status: 429, code: 'TOO_MANY_STREAMS' })
    release()
    await first
    await chat(single)
  })

  it('retries automatically after the desktop was offline, with one generation', async ({
    desk,
    generations,
  }) => {
    desk.bridge.stop()
    await expect(chat(client.withOptions({ maxRetries: 0 }))).rejects.toBeInstanceOf(InternalServerError)
    const attempts: { readonly at: number; readonly status: number; readonly retryAfterS: number }[] = []
    const patient = client.withOptions({
      fetch: async (url, init) => {
        const at = performance.now()
        const response = await fetch(url, init)
        attempts.push({
          at,
          status: response.status,
          retryAfterS: Number(response.headers.get('retry-after')),
        })
        if (attempts.length === 2) {
          await desk.bridge.start()
          await until(async () => (await fetch(`${desk.keyUrl}/api/version`)).ok)
        }
        return response
      },
    })
    await chat(patient)
    expect(attempts.map(({ status }) => status)).toEqual([503, 503, 200])
    const [first, second] = attempts
    expect(first!.retryAfterS).toBeGreaterThan(0)
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(first!.retryAfterS * 1000 - 50)
    expect(generations()).toHaveLength(1)
  })
})

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const chunks: T[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

/** A well-formed key that was never created. */
function flipped(key: string): string {
  return key.slice(0, -2) + (key.at(-2) === 'A' ? 'B' : 'A') + key.slice(-1)
}
