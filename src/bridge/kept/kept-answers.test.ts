import { beforeEach, describe, expect, it } from 'vitest'
import { grantOf, KeptStage, LIMITS } from './kept.test-support.ts'
import { MAX_ANSWERS, MAX_ANSWERS_OF_KEY } from './kept-answers.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })
const piece = (bytes: number) => Buffer.alloc(bytes, 'x')

let stage: KeptStage
beforeEach(() => {
  stage = new KeptStage()
})

/** An answer that has ended. */
function ended(name: string, id = 'phone', bytes = 10) {
  const entry = stage.begin(stage.request(name, { grant: grantOf(id) }))
  entry.answer.append(piece(bytes))
  entry.answer.finish()
  return entry
}

describe('access to an answer', () => {
  it('is granted to the key that asked, by the same request, while it runs and after its end', () => {
    const request = stage.request('k')
    const entry = stage.begin(request)
    expect(stage.answers.join(stage.request('k'))).toBe(entry)
    entry.answer.finish()
    expect(stage.answers.join(stage.request('k'))).toBe(entry)
    expect(stage.answers.find(request.grant, 'k')).toBe(entry)
  })

  it('is denied to other keys, which cannot see, read, stop or list it', () => {
    ended('k')
    const other = grantOf('other')
    expect(stage.answers.has('other', 'k')).toBe(false)
    expect(stage.answers.join(stage.request('k', { grant: other }))).toBeUndefined()
    expect(() => stage.answers.find(other, 'k')).toThrow(code('KEPT_NOT_FOUND'))
    expect(() => stage.answers.stop(other, 'k')).toThrow(code('KEPT_NOT_FOUND'))
    expect(stage.answers.list(other)).toEqual([])
    expect(stage.answers.list(grantOf('phone'))).toHaveLength(1)
  })

  it('is denied once the key’s permissions no longer cover its model', () => {
    ended('k')
    const { answers } = stage
    expect(() => answers.find(grantOf('phone', { models: ['other'] }), 'k')).toThrow(
      code('MODEL_NOT_ALLOWED'),
    )
    expect(answers.find(grantOf('phone', { models: ['m'] }), 'k')).toBeDefined()
    const nameless = stage.begin(stage.request('n', { model: null }))
    expect(answers.find(grantOf('phone'), 'n')).toBe(nameless)
    expect(() => answers.find(grantOf('phone', { models: ['m'] }), 'n')).toThrow(code('MODEL_NOT_ALLOWED'))
  })

  it('ends when the key is revoked, even for current readers', () => {
    const entry = stage.begin(stage.request('k'))
    const client = stage.read(entry)
    stage.answers.enforce(() => false)
    expect([client.settle().error?.code, stage.stopped, stage.answers.count]).toEqual([
      'KEPT_STOPPED',
      ['r0'],
      0,
    ])
  })
})

describe('a name that is used again', () => {
  const other = (isConversation: boolean) =>
    stage.request('k', { digest: 'other body', name: { text: 'k', isConversation } })

  it('for another body is refused, and the answer is kept', () => {
    const entry = ended('k')
    expect(() => stage.answers.join(other(false))).toThrow(code('KEPT_NAME_REUSED'))
    expect(stage.answers.find(grantOf('phone'), 'k')).toBe(entry)
  })

  it('for the next turn of a conversation replaces the answer and stops the previous turn', () => {
    stage.begin(stage.request('k'))
    expect(stage.answers.join(other(true))).toBeUndefined()
    expect([stage.answers.count, stage.stopped]).toEqual([0, ['r0']])
  })

  it('runs the request again if the answer was interrupted', () => {
    const entry = stage.begin(stage.request('k'))
    entry.answer.append(piece(1))
    entry.answer.fail(code('UPSTREAM_FAILED') as never)
    expect(stage.answers.find(grantOf('phone'), 'k')).toBe(entry)
    expect(stage.answers.join(stage.request('k'))).toBeUndefined()
    expect(stage.answers.count).toBe(0)
  })
})

describe('time', () => {
  it('drops an answer some time after its end, and reports when', () => {
    ended('k')
    expect(stage.events).toEqual([['r0', stage.clock.now() + LIMITS.keepMs]])
    stage.clock.advance(LIMITS.keepMs - 1)
    expect(stage.answers.count).toBe(1)
    stage.clock.advance(1)
    expect([stage.answers.count, stage.answers.heldBytes, stage.clock.pendingTimers]).toEqual([0, 0, 0])
    expect(stage.events.at(-1)).toEqual(['r0', null])
  })

  it('does not interrupt a reader when it runs out', () => {
    const entry = ended('k', 'phone', 20_000)
    const client = stage.read(entry)
    client.isSlow = true
    stage.clock.advance(LIMITS.keepMs)
    client.reader.resume()
    expect([client.body.length, client.isOver, client.error]).toEqual([20_000, true, undefined])
    expect(stage.answers.heldBytes).toBe(0)
  })

  it('stops an answer that neither moves nor is read, and no other', () => {
    const idle = stage.begin(stage.request('idle'))
    const moving = stage.begin(stage.request('moving'))
    const read = stage.begin(stage.request('read'))
    stage.read(read)
    for (let i = 0; i < 3; i++) {
      moving.answer.append(piece(1))
      stage.clock.advance(LIMITS.keepMs)
    }
    expect(stage.stopped).toEqual([idle.request.requestId])
    expect(stage.answers.count).toBe(2)
  })
})

describe('limits', () => {
  it('a key that keeps too many loses its oldest answer that has ended', () => {
    for (let i = 0; i <= MAX_ANSWERS_OF_KEY; i++) ended(`k${i}`)
    expect(stage.answers.list(grantOf('phone')).map(({ request }) => request.name.text)).not.toContain('k0')
    expect(stage.answers.count).toBe(MAX_ANSWERS_OF_KEY)
  })

  it('a key whose answers are all running cannot keep another, and other keys are not affected', () => {
    ended('k', 'other')
    for (let i = 0; i < MAX_ANSWERS_OF_KEY; i++) stage.begin(stage.request(`k${i}`))
    expect(() => stage.answers.create(stage.request('one more'))).toThrow(code('TOO_MANY_STREAMS'))
    expect(stage.answers.has('other', 'k')).toBe(true)
  })

  it('the number of answers kept for all keys together is limited', () => {
    for (let i = 0; i < MAX_ANSWERS; i++) stage.begin(stage.request('k', { grant: grantOf(`key ${i}`) }))
    expect(() => stage.answers.create(stage.request('k'))).toThrow(code('TOO_MANY_STREAMS'))
    expect(stage.stopped).toEqual([])
  })

  it('if memory is short, the key that keeps the most loses its oldest answer', () => {
    ended('small', 'other', 10_000)
    for (const name of ['a', 'b']) ended(name, 'phone', 50_000)
    ended('c', 'phone', 30_000)
    const names = (id: string) => stage.answers.list(grantOf(id)).map(({ request }) => request.name.text)
    expect([names('other'), names('phone')]).toEqual([['small'], ['b', 'c']])
    expect(stage.answers.heldBytes).toBeLessThanOrEqual(LIMITS.maxTotalBytes)
  })

  it('if running answers use all the memory, one that needs more is no longer kept', () => {
    const entries = ['a', 'b', 'c'].map((name) => stage.begin(stage.request(name)))
    const client = stage.read(entries[2]!)
    for (const { answer } of entries) answer.append(piece(50_000))
    expect(entries.map(({ answer }) => answer.isKept)).toEqual([true, true, false])
    entries[2]!.answer.finish()
    expect([client.body.length, client.isOver]).toEqual([50_000, true])
  })

  it('changed settings apply immediately', () => {
    stage.limits = { ...LIMITS, maxTotalBytes: 0 }
    const entry = stage.begin(stage.request('k'))
    entry.answer.append(piece(1))
    expect([stage.answers.count, stage.stopped]).toEqual([0, ['r0']])
  })

  it('a body that arrives one byte at a time costs about as much memory as its length', () => {
    const entry = stage.begin(stage.request('k'))
    for (let i = 0; i < 10_000; i++) entry.answer.append(piece(1))
    expect(stage.answers.heldBytes).toBeLessThan(25_000)
  })
})
