import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { headerOf, pairsOf } from '../../shared/headers.ts'
import { grantOf, KeptStage, LIMITS, type TestClient } from './kept.test-support.ts'

const bytesOf = (text: string) => Buffer.from(text)

describe('a kept answer', () => {
  it('gives every reader the same bytes, whenever and wherever it starts', () => {
    const stage = new KeptStage()
    const entry = stage.begin(stage.request('k'))
    const first = stage.read(entry)
    entry.answer.append(bytesOf('data: 1\n\n'))
    first.reader.stop()
    entry.answer.append(bytesOf('data: 2\n\n'))
    const second = stage.read(entry, 9)
    entry.answer.append(bytesOf('data: [DONE]\n\n'))
    entry.answer.finish()
    expect(first.body.toString()).toBe('data: 1\n\n')
    expect([second.body.toString(), second.isOver, second.error]).toEqual([
      'data: 2\n\ndata: [DONE]\n\n',
      true,
      undefined,
    ])
    expect(stage.read(entry).body.toString()).toBe('data: 1\n\ndata: 2\n\ndata: [DONE]\n\n')
    expect(stage.stopped).toEqual([])
  })

  it('tells a reader how much is left of an answer with a known length', () => {
    const stage = new KeptStage()
    const entry = stage.begin(stage.request('k'), [
      'Content-Length',
      '10',
      'Content-Type',
      'application/json',
    ])
    entry.answer.append(bytesOf('0123456789'))
    entry.answer.finish()
    expect(stage.read(entry).headers).toContain('10')
    const client = stage.read(entry, 4)
    expect(pairsOf(client.headers ?? [])).toEqual([
      ['Content-Type', 'application/json'],
      ['ETag', expect.any(String)],
      ['Content-Length', '6'],
    ])
    expect(client.body.toString()).toBe('456789')
  })

  it('has a tag that distinguishes it from a later one with the same name', () => {
    const stage = new KeptStage()
    const tagOf = (client: TestClient) => headerOf(client.headers ?? [], 'etag') ?? ''
    const first = stage.begin(stage.request('k'), ['ETag', '"of the model server"'])
    const tag = tagOf(stage.read(first))
    stage.answers.stop(grantOf('phone'), 'k')
    const { answer } = stage.begin(stage.request('k'))
    expect([first.answer, answer].map((each) => each.isNamedBy(tag))).toEqual([true, false])
    expect(['*', `W/${tag}`, `"x", ${tag}`].map((each) => first.answer.isNamedBy(each))).toEqual(
      Array(3).fill(true),
    )
  })

  it('refuses a position that the model server has not reached', () => {
    const stage = new KeptStage()
    const entry = stage.begin(stage.request('k'))
    entry.answer.append(bytesOf('12'))
    expect(() => stage.read(entry, 3)).toThrow(expect.objectContaining({ code: 'KEPT_POSITION_UNKNOWN' }))
  })

  it.each([
    ['a record is complete', 'data: 1\n\n', true],
    ['a record is complete, with CRLF', 'data: 1\r\n\r\n', true],
    ['a record is half there', 'data: 1', false],
    ['the end of a record is half there', 'data: 1\n', false],
  ])('if %s, a reader at its end gets a head: %s', (_what, text, hasHead) => {
    const stage = new KeptStage()
    const entry = stage.begin(stage.request('k'))
    entry.answer.append(bytesOf(text))
    const client = stage.read(entry, text.length)
    expect(client.status).toBe(hasHead ? 200 : undefined)
    entry.answer.append(bytesOf('x'))
    expect([client.status, client.body.toString()]).toEqual([200, 'x'])
  })

  it('is not held up by a slow reader', () => {
    const stage = new KeptStage()
    const entry = stage.begin(stage.request('k'))
    const slow = stage.read(entry)
    const quick = stage.read(entry)
    slow.isSlow = true
    expect(entry.answer.append(bytesOf('1'))).toBe(true)
    expect(entry.answer.append(bytesOf('2'))).toBe(true)
    expect([slow.body.toString(), quick.body.toString()]).toEqual(['1', '12'])
    slow.reader.resume()
    expect(slow.body.toString()).toBe('12')
  })

  it('that was interrupted returns its bytes to every reader, then the error', () => {
    const stage = new KeptStage()
    const entry = stage.begin(stage.request('k'))
    entry.answer.append(bytesOf('half'))
    entry.answer.fail(new AppError('UPSTREAM_FAILED'))
    const client = stage.read(entry, 2).settle()
    expect([client.body.toString(), client.error?.code]).toEqual(['lf', 'UPSTREAM_FAILED'])
  })

  it('that was refused is not kept, and its reader gets the refusal', () => {
    const stage = new KeptStage()
    const entry = stage.answers.create(stage.request('k'))
    const client = stage.read(entry)
    entry.answer.begin({ type: 'head', status: 503, headers: [], error: 'UPSTREAM_FAILED' })
    entry.answer.append(bytesOf('no'))
    entry.answer.finish()
    expect([client.status, client.body.toString(), client.isOver]).toEqual([503, 'no', true])
    expect([stage.answers.count, stage.answers.heldBytes]).toEqual([0, 0])
  })
})

describe('an answer that is too large to be kept', () => {
  const piece = Buffer.alloc(16 * 1024, 'x')

  it('becomes an ordinary one: its reader gets all of it, at the reader’s pace', () => {
    const stage = new KeptStage()
    const entry = stage.begin(stage.request('k'))
    const client = stage.read(entry)
    for (let i = 0; i < 8; i++) expect(entry.answer.append(piece)).toBe(true)
    expect([entry.answer.isKept, stage.answers.count]).toEqual([false, 0])
    client.isSlow = true
    let sent = 8
    while (entry.answer.append(piece)) sent++
    expect(sent).toBeLessThan(8 + 20)
    client.isSlow = false
    client.reader.resume()
    expect(stage.resumed.length).toBeGreaterThan(0)
    entry.answer.finish()
    expect([client.body.length, client.isOver, client.error]).toEqual([
      (sent + 1) * piece.length,
      true,
      undefined,
    ])
    expect(stage.answers.heldBytes).toBe(0)
  })

  it('is stopped when its last reader leaves, or if it has none', () => {
    const stage = new KeptStage()
    const read = stage.begin(stage.request('read'))
    const clients = [stage.read(read), stage.read(read)]
    for (let i = 0; i < 5; i++) read.answer.append(piece)
    clients[0]?.reader.stop()
    expect(stage.stopped).toEqual([])
    clients[1]?.reader.stop()
    const unread = stage.begin(stage.request('unread'))
    for (let i = 0; i < 5; i++) unread.answer.append(piece)
    expect(stage.stopped).toEqual(['r0', 'r1'])
    expect([stage.answers.count, stage.answers.heldBytes]).toEqual([0, 0])
  })
})

type Step =
  | { readonly do: 'say'; readonly bytes: number }
  | { readonly do: 'join'; readonly at: number; readonly isSlow: boolean }
  | { readonly do: 'leave' | 'resume'; readonly who: number }
  | { readonly do: 'finish' | 'break' | 'stop' | 'wait' | 'crowd' }

const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('say' as const), bytes: fc.integer({ min: 1, max: 9_000 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      isSlow: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('leave' as const, 'resume' as const), who: fc.nat(9) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('finish', 'break', 'stop', 'wait', 'crowd') }) },
)

/** One answer, and the bytes that every reader must have received. */
class Story {
  readonly stage = new KeptStage()
  readonly #entry = this.stage.begin(this.stage.request('k'))
  readonly #said: Buffer[] = []
  readonly #clients: { readonly client: TestClient; readonly from: number; hasLeft: boolean }[] = []

  play(step: Step): void {
    const { answer } = this.#entry
    const { clock, answers } = this.stage
    switch (step.do) {
      case 'say':
        return this.#say(step.bytes)
      case 'join':
        return this.#join(step.at, step.isSlow)
      case 'leave':
        return this.#leave(step.who)
      case 'resume':
        return this.#clients[step.who]?.client.reader.resume()
      case 'finish':
        return answer.finish()
      case 'break':
        return answer.fail(new AppError('UPSTREAM_FAILED'))
      case 'stop':
        if (answer.isKept) answers.stop(this.#entry.request.grant, 'k')
        return
      case 'wait':
        return clock.advance(LIMITS.keepMs)
      case 'crowd':
        return this.#crowd()
    }
  }

  check(): void {
    const { answer } = this.#entry
    for (const { client } of this.#clients) client.isSlow = false
    for (const { client } of this.#clients) client.reader.resume()
    this.stage.clock.settle()
    const said = Buffer.concat(this.#said)
    for (const { client, from, hasLeft } of this.#clients) {
      const got = client.body
      expect(said.subarray(from, from + got.length).equals(got)).toBe(true)
      if (hasLeft) continue
      if (!client.isOver) expect(answer.state).toBe('running')
      if (client.error === undefined) expect(got.length).toBe(said.length - from)
    }
    for (const { client } of this.#clients) client.reader.stop()
    this.stage.answers.clear()
    expect([this.stage.answers.count, this.stage.answers.heldBytes]).toEqual([0, 0])
    expect(this.stage.clock.pendingTimers).toBe(0)
    if (answer.state === 'running') throw new Error('the model server continues without a client')
  }

  #say(bytes: number): void {
    const { answer } = this.#entry
    if (answer.state !== 'running') return
    const piece = Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 7 + this.#said.length) % 251))
    this.#said.push(piece)
    answer.append(piece)
  }

  #join(at: number, isSlow: boolean): void {
    const { answers } = this.stage
    if (!answers.has('phone', 'k')) return
    const entry = answers.find(this.#entry.request.grant, 'k')
    const from = Math.floor(at * entry.answer.totalBytes)
    const client = this.stage.read(entry, from)
    client.isSlow = isSlow
    this.#clients.push({ client, from, hasLeft: false })
  }

  #leave(who: number): void {
    const found = this.#clients[who]
    if (found === undefined) return
    found.hasLeft = true
    found.client.reader.stop()
  }

  /** Another key's answer uses all the memory. */
  #crowd(): void {
    const other = this.stage.begin(this.stage.request('other', { grant: grantOf('other') }))
    other.answer.append(Buffer.alloc(60 * 1024))
    other.answer.finish()
    this.stage.answers.stop(other.request.grant, 'other')
  }
}

it('any sequence of cuts, rejoins, second readers, stops and expiries ends with exactly the bytes or an error', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 40 }), (steps) => {
      const story = new Story()
      for (const step of steps) story.play(step)
      story.check()
    }),
    { numRuns: 300 },
  )
})
