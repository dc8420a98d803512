import { describe, expect, it, vi } from 'vitest'
import { type Logger, silentLogger } from '../../shared/logger.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { Seals } from './seal.ts'

const TTL_MS = 6_000
const NAME = 'ctl:replica:a'

function sealsWith(secret = 'secret') {
  const clock = new FakeClock()
  const warn = vi.fn<Logger['warn']>()
  return { clock, warn, seals: new Seals(Buffer.from(secret), clock, { ...silentLogger, warn }) }
}

describe('a seal', () => {
  it('returns the sealed value, including dots and line breaks', () => {
    const { seals, warn } = sealsWith()
    for (const value of ['', 'a.b.c\nd', '{"ä":1}'])
      expect(seals.open(NAME, seals.seal(NAME, value, TTL_MS))).toBe(value)
    expect(warn).not.toHaveBeenCalled()
  })

  it('is valid only under its own name and unmodified', () => {
    const { seals } = sealsWith()
    const text = seals.seal(NAME, 'https://a:1', TTL_MS)
    expect(seals.open('ctl:replica:b', text)).toBeUndefined()
    expect(seals.open(NAME, text.replace('a:1', 'b:1'))).toBeUndefined()
    expect(
      seals.open(
        NAME,
        text.replace(/^\d+/, (until) => String(Number(until) + 1)),
      ),
    ).toBeUndefined()
    expect(seals.open(NAME, sealsWith('other').seals.seal(NAME, 'https://a:1', TTL_MS))).toBeUndefined()
  })

  it('does not confuse the boundaries of name, time and value', () => {
    const { seals } = sealsWith()
    const [until = '', mac = ''] = seals.seal('a', 'b', TTL_MS).split('.')
    expect(seals.open(`a\n${until}`, `.${mac}.b`)).toBeUndefined()
    expect(seals.open(`a\n${until}\nb`, `0.${mac}.`)).toBeUndefined()
  })

  it('expires on time, tolerating clocks that differ by half a minute', () => {
    const { seals, clock } = sealsWith()
    const text = seals.seal(NAME, 'x', TTL_MS)
    clock.advance(TTL_MS + 30_000)
    expect(seals.open(NAME, text)).toBe('x')
    clock.advance(1)
    expect(seals.open(NAME, text)).toBeUndefined()
  })

  it.each(['', '.', '..', 'https://a:1', '9.AAAA.x', `9.${'A'.repeat(43)}.x`, 'x'.repeat(10_000_000)])(
    'that is forged is ignored, and reported once a minute',
    (text) => {
      const { seals, warn, clock } = sealsWith()
      expect(seals.open(NAME, text)).toBeUndefined()
      expect(seals.open(NAME, text)).toBeUndefined()
      expect(warn).toHaveBeenCalledTimes(1)
      clock.advance(60_000)
      expect(seals.open(NAME, text)).toBeUndefined()
      expect(warn).toHaveBeenCalledTimes(2)
    },
  )
})
