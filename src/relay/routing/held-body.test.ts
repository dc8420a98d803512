import { PassThrough } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.ts'
import { BodyHold, type HeldBody } from './held-body.ts'

const KEYS = new Set(['model'])
const MIB = 1024 * 1024

let clock: FakeClock
let hold: BodyHold
beforeEach(() => {
  clock = new FakeClock()
  hold = new BodyHold(clock)
})

/** A request whose body the test writes. */
function start() {
  const body = new PassThrough({ highWaterMark: 64 * MIB })
  const state: { held?: HeldBody } = {}
  const held = hold.read(body as unknown as IncomingMessage, KEYS).then((it) => (state.held = it))
  const soon = () => new Promise((resolve) => setImmediate(resolve))
  return { body, state, held, soon }
}

const textOf = ({ chunks }: HeldBody) => Buffer.concat(chunks).toString()

describe('a held body', () => {
  it('is held no longer than until its model is known, and loses no byte', async () => {
    const { body, held } = start()
    body.write('{"mod')
    body.write('el":"m","prompt":"')
    const it = await held
    expect(it.model).toBe('m')
    expect(textOf(it)).toBe('{"model":"m","prompt":"')
    expect(body.isPaused()).toBe(true)
    body.end('rest"}')
    expect((await body.toArray()).join('')).toBe('rest"}')
    expect(clock.pendingTimers).toBe(0)
  })

  it('is let go when it ends, or breaks, without a model', async () => {
    const [ended, broken] = [start(), start()]
    ended.body.end('{"x":')
    broken.body.write('{"x":')
    await broken.soon()
    broken.body.destroy()
    for (const { held } of [ended, broken]) expect(textOf(await held)).toBe('{"x":')
    expect(clock.pendingTimers).toBe(0)
  })

  it('is let go after two seconds of silence', async () => {
    const { body, state, held, soon } = start()
    clock.advance(1_900)
    body.write('{"x":1,')
    await soon()
    clock.advance(1_900)
    await soon()
    expect(state.held).toBeUndefined()
    clock.advance(100)
    expect(textOf(await held)).toBe('{"x":1,')
  })

  it('is let go after ten seconds, however busily it drips', async () => {
    const { body, state, held, soon } = start()
    for (let second = 1; second < 10; second++) {
      clock.advance(1_000)
      body.write(' ')
      await soon()
    }
    expect(state.held).toBeUndefined()
    clock.advance(1_000)
    expect(textOf(await held)).toBe(' '.repeat(9))
  })

  it('is let go when it is too much for one request', async () => {
    const { body, held } = start()
    body.write('{')
    for (let mib = 0; mib < 5; mib++) body.write(Buffer.alloc(MIB, ' '))
    expect(textOf(await held).length).toBeLessThanOrEqual(4 * MIB + 1)
    expect((await held).model).toBeUndefined()
  })

  it('is let go when all together are too much, and makes room for the next', async () => {
    const many = Array.from({ length: 22 }, start)
    for (const { body } of many) body.write(`{"x":"${'x'.repeat(3 * MIB)}`)
    await many[0]!.soon()
    expect(many.filter(({ state }) => state.held !== undefined).length).toBeGreaterThan(0)
    for (const { body } of many) body.end('","model":"m"}')
    await Promise.all(many.map(({ held }) => held))
    const next = start()
    next.body.end(`{"x":"${'x'.repeat(3 * MIB)}","model":"m"}`)
    expect((await next.held).model).toBe('m')
  })
})
