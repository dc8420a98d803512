import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { Call } from '../support/call.ts'
import { textOf, scriptIn, type Script } from '../support/fake-answers.ts'
import { closedAfter } from '../support/fixtures.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { startStack, type Desk } from '../support/stack.ts'
import { SteppedClock } from '../support/stepped-clock.ts'

const S = 1_000
const MINUTE = 60 * S
async function scene(clock?: SteppedClock) {
  const fake = await closedAfter(FakeUpstream.start())
  const stack = await closedAfter(startStack(fake.origin, {}, clock && { clock }))
  return { fake, desk: stack.desk }
}

const body = <Stream extends boolean>(stream: Stream, options: Partial<Script>) => ({
  model: 'fake',
  messages: [{ role: 'user' as const, content: 'hi' }],
  max_tokens: 100,
  stream,
  // The packages have their own option types.
  options: options as object,
})

type Shape = 'ndjson' | 'sse' | 'anthropic' | 'json' | 'openAiJson'

/** The same request for every response format. */
function askAll(desk: Desk, options: Partial<Script>, clock?: SteppedClock): Record<Shape, Call> {
  const ask = (path: string, stream: boolean) =>
    new Call(`${desk.relayUrl}${path}`, {
      headers: desk.authorization,
      body: body(stream, options),
      ...(clock && { clock }),
    })
  return {
    ndjson: ask('/api/chat', true),
    sse: ask('/v1/chat/completions', true),
    anthropic: ask('/v1/messages', true),
    json: ask('/api/chat', false),
    openAiJson: ask('/v1/chat/completions', false),
  }
}

/** The text that each package reads from the response, streaming and not. */
function askByPackages(
  desk: Desk,
  options: Partial<Script>,
  fetchFor: (what: Package) => typeof fetch = () => fetch,
) {
  const ollama = (what: Package) => new Ollama({ host: desk.keyUrl, fetch: fetchFor(what) })
  const openai = (what: Package) =>
    new OpenAI({
      baseURL: `${desk.relayUrl}/v1`,
      apiKey: desk.key,
      maxRetries: 0,
      fetch: fetchFor(what),
    }).chat.completions
  const asking: Record<Package, () => Promise<string | null | undefined>> = {
    async ollamaStream() {
      let text = ''
      for await (const { message } of await ollama('ollamaStream').chat(body(true, options)))
        text += message.content
      return text
    },
    async ollamaWhole() {
      return (await ollama('ollamaWhole').chat(body(false, options))).message.content
    },
    async openAiStream() {
      let text = ''
      for await (const { choices } of await openai('openAiStream').create(body(true, options)))
        text += choices[0]?.delta.content ?? ''
      return text
    },
    async openAiWhole() {
      return (await openai('openAiWhole').create(body(false, options))).choices[0]?.message.content
    },
  }
  return asking
}

type Package = 'ollamaStream' | 'ollamaWhole' | 'openAiStream' | 'openAiWhole'

const BEATS: Readonly<Record<Shape, string>> = {
  ndjson: ' ',
  sse: ': ping\n',
  anthropic: 'event: ping\ndata: {"type":"ping"}\n\n',
  json: ' ',
  openAiJson: ' ',
}
const shapes = Object.keys(BEATS) as Shape[]

describe('a model that takes ten minutes to load', () => {
  it('keeps every client with heartbeats until its answer comes', async () => {
    const clock = new SteppedClock()
    const { fake, desk } = await scene(clock)
    const release = fake.holdLoads()
    const options = { tokens: 3, marker: 'at-last' }
    const calls = askAll(desk, options, clock)
    const texts = Promise.all(Object.values(askByPackages(desk, options)).map((answer) => answer()))
    await expect.poll(() => fake.seen.filter(({ method }) => method === 'POST').length).toBe(9)
    const askedMs = clock.monotonic()
    /** When a client has received heartbeats if it has waited for so long. */
    const beatsBy = (waitedMs: number, shape: Shape) => {
      const firstMs = shape === 'json' || shape === 'openAiJson' ? 25 * S : 15 * S
      const count = Math.max(0, Math.floor((waitedMs - firstMs) / (15 * S)) + 1)
      return Array.from({ length: count }, (_, at) => firstMs + at * 15 * S)
    }
    await clock.pass(10 * MINUTE, () =>
      shapes.every(
        (shape) => calls[shape].pieces.length >= beatsBy(clock.monotonic() - askedMs, shape).length,
      ),
    )

    for (const shape of shapes) {
      const beats = calls[shape].pieces
      expect(beats.map(({ atMs }) => atMs - askedMs)).toEqual(beatsBy(10 * MINUTE, shape))
      expect(new Set(beats.map(({ bytes }) => bytes.toString()))).toEqual(new Set([BEATS[shape]]))
    }

    release()
    const text = textOf(scriptIn({ options }))
    expect(await texts).toEqual([text, text, text, text])
    for (const shape of shapes) {
      const answer = await calls[shape].whole()
      expect(answer.replaceAll(BEATS[shape], '')).toContain('at-last-2')
    }
    const lines = calls.ndjson.text.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).message.content).join('')).toBe(text)
    expect(calls.sse.text).toMatch(/^(: ping\n){40}data: \{.*data: \[DONE\]\n\n$/s)
    expect(calls.anthropic.text).toMatch(
      /^(event: ping\ndata: \{"type":"ping"\}\n\n){40}event: message_start\n/,
    )
    expect(calls.anthropic.text).toMatch(/event: message_stop\ndata: .*\n\n$/)
    expect(JSON.parse(calls.json.text).message.content).toBe(text)
    expect(JSON.parse(calls.openAiJson.text).choices[0].message.content).toBe(text)
    for (const shape of shapes) {
      const { statusCode, headers } = await calls[shape].head
      expect(statusCode).toBe(200)
      expect(headers['cache-control']).toContain('no-transform')
    }
  })
})

/** The error text for the client's user; undefined if the call did not fail. */
function failureOf(answer: Promise<unknown>): Promise<string | undefined> {
  return answer.then(
    () => undefined,
    (cause: Error) => cause.message,
  )
}

describe('a load that fails after clients were told to wait', () => {
  const FAILURES: readonly [string, Partial<Script>, string][] = [
    ['with a status of its own', { status: 500 }, 'status 500 as told'],
    ['by breaking the connection', { breakAfter: 0, breakBy: 'reset' }, 'in the middle of its answer'],
    ['with an error inside the stream', { breakAfter: 0, breakBy: 'error' }, 'the runner has crashed'],
  ]

  it.for(FAILURES)('is an error that every streaming client sees: %s', async ([, options, message]) => {
    const clock = new SteppedClock()
    const { fake, desk } = await scene(clock)
    const release = fake.holdLoads()
    const { ndjson, sse, anthropic } = askAll(desk, options, clock)
    const { ollamaStream, openAiStream } = askByPackages(desk, options)
    const failures = Promise.all([failureOf(ollamaStream()), failureOf(openAiStream())])
    await expect.poll(() => fake.seen.filter(({ method }) => method === 'POST').length).toBe(7)
    await clock.pass(MINUTE)
    release()
    const said = expect.stringContaining(message)
    expect(await failures).toEqual([said, said])
    // The model server's own error record passes unchanged, with its clean end.
    const end = options.breakBy === 'error' ? 'end' : 'broken'
    for (const call of [ndjson, sse, anthropic]) expect(await call.over).toBe(end)
    expect(JSON.parse(ndjson.text.trimStart())).toEqual({
      error: expect.stringContaining(message),
    })
    expect(sse.text).toMatch(/^(: ping\n){4}data: \{"error":.*\}\n\n$/)
    expect(sse.text).toContain(message)
    expect(anthropic.text).toContain(message)
    expect(anthropic.text).toMatch(/event: error\ndata: \{"type":"error",.*\}\n\n$/)
    expect(anthropic.text).not.toContain('message_stop')
  })

  it('resets the connection of clients that wait for a single JSON response', async () => {
    const clock = new SteppedClock()
    const { fake, desk } = await scene(clock)
    const release = fake.holdLoads()
    const options = { status: 500 }
    const { json, openAiJson } = askAll(desk, options, clock)
    const { ollamaWhole, openAiWhole } = askByPackages(desk, options)
    const failures = Promise.all([failureOf(ollamaWhole()), failureOf(openAiWhole())])
    await expect.poll(() => fake.seen.filter(({ method }) => method === 'POST').length).toBe(7)
    await clock.pass(MINUTE)
    release()
    expect(await failures).toEqual([expect.any(String), expect.any(String)])
    expect([await json.over, await openAiJson.over]).toEqual(['broken', 'broken'])
    expect(json.text).toMatch(/^ +\{"error":"status 500 as told"\}$/)
  })

  it('still has the upstream’s status when it fails early', async () => {
    const clock = new SteppedClock()
    const { fake, desk } = await scene(clock)
    const release = fake.holdLoads()
    const calls = askAll(desk, { status: 500 }, clock)
    await expect.poll(() => fake.seen.filter(({ method }) => method === 'POST').length).toBe(5)
    await clock.pass(14 * S)
    release()
    for (const shape of shapes) {
      expect((await calls[shape].head).statusCode).toBe(500)
      expect(await calls[shape].whole()).toMatch(/^\{.*status 500 as told.*\}$/)
    }
  })
})

describe('a load of 27 real seconds, on real clocks', () => {
  it('passes unnoticed by the ollama and openai packages, streaming and not', async () => {
    const { desk } = await scene()
    const options = { tokens: 3, load_ms: 27 * S }
    const wires: Record<string, { readonly chunks: string[]; readonly askedAt: number; headAt: number }> = {}
    /** The real thing, with an ear on the wire. */
    const tapped =
      (what: Package): typeof fetch =>
      async (input, init) => {
        const wire = { chunks: [] as string[], askedAt: performance.now(), headAt: 0 }
        wires[what] = wire
        const response = await fetch(input, init)
        wire.headAt = performance.now()
        const listening = new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, passed) {
            wire.chunks.push(Buffer.from(chunk).toString())
            passed.enqueue(chunk)
          },
        })
        return new Response(response.body!.pipeThrough(listening), response)
      }
    const asking = askByPackages(desk, options, tapped)
    const text = textOf(scriptIn({ options }))
    const texts = await Promise.all(Object.values(asking).map((ask) => ask()))
    expect(texts).toEqual([text, text, text, text])

    // Streams: after 15 s. JSON: after 25 s.
    const beats: Record<Package, RegExp> = {
      ollamaStream: /^ \{/,
      ollamaWhole: /^ \{/,
      openAiStream: /^: ping\ndata: \{/,
      openAiWhole: /^ \{/,
    }
    for (const what of Object.keys(beats) as Package[]) {
      const { chunks, askedAt, headAt } = wires[what]!
      expect(chunks.join('')).toMatch(beats[what])
      expect(chunks[0]).not.toContain('{')
      const firstMs = what.endsWith('Whole') ? 25 * S : 15 * S
      expect(headAt - askedAt).toBeGreaterThanOrEqual(firstMs - 1)
    }
  })
})
