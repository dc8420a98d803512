import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BodyMemory, type BodyAllowance } from './body-memory.ts'
import { AppError } from './errors.ts'

const LIMITS = { maxOwnerBytes: 100, maxTotalBytes: 150 }

function refusal(take: () => void): AppError | undefined {
  try {
    take()
    return undefined
  } catch (cause) {
    if (cause instanceof AppError) return cause
    throw cause
  }
}

/** Refuses exactly when `take` would. */
function tryTake(allowance: BodyAllowance, bytes: number): void {
  const before = allowance.takenBytes
  const error = refusal(() => allowance.take(bytes))
  if (error === undefined) allowance.giveBack(bytes)
  if (error?.code === 'INTERNAL') return
  expect(allowance.tryTake(bytes)).toBe(error === undefined)
  expect(allowance.takenBytes).toBe(before + (error === undefined ? bytes : 0))
}

it('has a limit per owner and a total limit', () => {
  const memory = new BodyMemory(LIMITS)
  const [first, second, other] = [memory.open('a'), memory.open('a'), memory.open('b')]
  first.take(60)
  expect(refusal(() => second.take(41))).toMatchObject({ code: 'TOO_MANY_BYTES', retryAfterS: 5 })
  second.take(40)
  expect(refusal(() => other.take(51))).toMatchObject({ code: 'MEMORY_FULL', retryAfterS: 5 })
  other.take(50)
  first.close()
  other.take(50)
  expect(memory.takenBytes).toBe(140)
})

it('grants no memory to a request that has ended', () => {
  const memory = new BodyMemory(LIMITS)
  const allowance = memory.open('a')
  allowance.take(10)
  allowance.close()
  expect(refusal(() => allowance.take(1))?.code).toBe('INTERNAL')
  expect(memory.takenBytes).toBe(0)
})

it('never exceeds a limit, and is fully released', () => {
  const open = fc.record({ open: fc.constantFrom('a', 'b', 'c') })
  const at = fc.nat(20)
  const act = fc.oneof(
    open,
    fc.record({ take: fc.nat(80), at }),
    fc.record({ tryTake: fc.nat(80), at }),
    fc.record({ giveBack: fc.nat(80), at }),
    fc.record({ close: fc.constant(true), at }),
  )
  fc.assert(
    fc.property(fc.array(act, { maxLength: 100 }), (acts) => {
      const memory = new BodyMemory(LIMITS)
      const opened: { owner: string; allowance: BodyAllowance }[] = []
      for (const it of acts) {
        if ('open' in it) opened.push({ owner: it.open, allowance: memory.open(it.open) })
        const { allowance } = ('at' in it ? opened[it.at] : undefined) ?? {}
        if (allowance === undefined) continue
        if ('take' in it) refusal(() => allowance.take(it.take))
        if ('tryTake' in it) tryTake(allowance, it.tryTake)
        if ('giveBack' in it) allowance.giveBack(Math.min(it.giveBack, allowance.takenBytes))
        if ('close' in it) allowance.close()
        const sumOf = (owner: string) =>
          opened.filter((it) => it.owner === owner).reduce((sum, it) => sum + it.allowance.takenBytes, 0)
        const sums = ['a', 'b', 'c'].map(sumOf)
        expect(Math.max(...sums)).toBeLessThanOrEqual(LIMITS.maxOwnerBytes)
        expect(memory.takenBytes).toBe(sums.reduce((sum, bytes) => sum + bytes, 0))
        expect(memory.takenBytes).toBeLessThanOrEqual(LIMITS.maxTotalBytes)
      }
      for (const { allowance } of opened) allowance.close()
      expect([memory.takenBytes, memory.ownerCount]).toEqual([0, 0])
    }),
  )
})
