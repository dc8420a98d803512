import { PassThrough } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { BodyMemory } from '../../shared/body-memory.ts'
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { BodyHold, type BufferedBody } from './buffered-body.ts'

const KEYS = new Set(['model'])
const MIB = 1024 * 1024

let clock: FakeClock
let hold: BodyHold
let memory: BodyMemory
beforeEach(() => {
  clock = new FakeClock()
  hold = new BodyHold(clock)
  memory = new BodyMemory({ maxOwnerBytes: 16 * MIB, maxTotalBytes: 64 * MIB })
})

/** A request whose body the test writes. */
function start(owner = 'owner') {
  const body = new PassThrough({ highWaterMark: 64 * MIB })
  const state: { held?: BufferedBody } = {}
  const allowance = memory.open(owner)
  const held = hold.read(body as unknown as IncomingMessage, KEYS, allowance).then((it) => (state.held = it))
  const soon = () => new Promise((resolve) => setImmediate(resolve))
  return { body, state, held, soon, allowance }
}

const textOf = ({ bytes }: BufferedBody) => Buffer.concat(bytes.peek()).toString()

describe('a buffered body', () => {
  it('is buffered only until its model is known, and loses no byte', async () => {
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

  it('is released when it ends or aborts without a model', async () => {
    const [ended, broken] = [start(), start()]
    ended.body.end('{"x":')
    broken.body.write('{"x":')
    await broken.soon()
    broken.body.destroy()
    for (const { held } of [ended, broken]) expect(textOf(await held)).toBe('{"x":')
    expect(clock.pendingTimers).toBe(0)
  })

  it('is released after two seconds of silence', async () => {
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

  it('is released after ten seconds, even if bytes keep trickling in', async () => {
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

  it('is released when it exceeds the limit of one request, and loses no byte', async () => {
    const { body, held } = start()
    body.write('{')
    for (let mib = 0; mib < 5; mib++) body.write(Buffer.alloc(MIB, ' '))
    body.end()
    const { bytes, model } = await held
    expect(bytes.bytes).toBeLessThanOrEqual(4 * MIB)
    expect(model).toBeUndefined()
    const rest = Buffer.concat((await body.toArray()) as Buffer[])
    expect(bytes.bytes + rest.length).toBe(5 * MIB + 1)
  })

  it('uses no more memory one byte at a time than in one chunk', async () => {
    const { body, held, soon } = start()
    body.write('{')
    for (let i = 0; i < 10_000; i++) body.write(' ')
    await soon()
    body.end()
    expect((await held).bytes.pieces).toBeLessThan(10)
  })

  it.each([
    ['owner', 5, () => 'owner'],
    ['relay', 22, (i: number) => `owner ${i}`],
  ])(
    'is released when the total of the %s exceeds the limit, and makes room for the next',
    async (_whose, count, ownerOf) => {
      const many = Array.from({ length: count }, (_, i) => start(ownerOf(i)))
      for (const { body } of many) body.write(`{"x":"${'x'.repeat(3.5 * MIB)}`)
      await many[0]!.soon()
      const released = many.filter(({ state }) => state.held !== undefined)
      expect(released.length).toBeGreaterThan(0)
      expect(released.length).toBeLessThan(count)
      for (const { body } of many) body.end('","model":"m"}')
      for (const { held, allowance } of many) {
        await held
        allowance.close()
      }
      const next = start()
      next.body.end(`{"x":"${'x'.repeat(3 * MIB)}","model":"m"}`)
      expect((await next.held).model).toBe('m')
    },
  )
})
