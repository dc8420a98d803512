import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { HopPasses } from './hop-pass.ts'

const LINE = { method: 'POST', target: '/k/ctl_a_b/api/chat?x=1' }
const FACTS = { requestId: 'id', clientAddress: '203.0.113.7', expectsContinue: true }

function passesWith(secret: string, clock = new FakeClock()) {
  return { clock, passes: new HopPasses(Buffer.from(secret), clock) }
}

describe('a pass', () => {
  it('passes the first replica’s request facts to the next', () => {
    const { passes } = passesWith('secret')
    expect(passes.parse(LINE, passes.sign(LINE, FACTS))).toMatchObject(FACTS)
  })

  it('is valid for half a minute, tolerating clocks that differ as much', () => {
    const { passes, clock } = passesWith('secret')
    const early = passesWith('secret').passes
    const field = passes.sign(LINE, FACTS)
    clock.advance(30_000)
    expect(passes.parse(LINE, field)).toBeDefined()
    expect(early.parse(LINE, passes.sign(LINE, FACTS))).toBeDefined()
    clock.advance(1)
    expect(passes.parse(LINE, field)).toBeUndefined()
    expect(early.parse(LINE, passes.sign(LINE, FACTS))).toBeUndefined()
  })

  it('is valid for its own request only', () => {
    const { passes } = passesWith('secret')
    const field = passes.sign(LINE, FACTS)
    expect(passes.parse({ ...LINE, method: 'GET' }, field)).toBeUndefined()
    expect(passes.parse({ ...LINE, target: `${LINE.target}0` }, field)).toBeUndefined()
    expect(passes.parse({ method: 'POST', target: '' }, field)).toBeUndefined()
  })

  it.each(['', '.', 'x', 'e30.', 'e30.AAAA', 'é.é'])('that is forged, such as %j, is invalid', (field) => {
    expect(passesWith('secret').passes.parse(LINE, field)).toBeUndefined()
  })

  it('is invalid if signed with another key or modified', () => {
    const { passes } = passesWith('secret')
    expect(passes.parse(LINE, passesWith('other').passes.sign(LINE, FACTS))).toBeUndefined()
    const [, mac] = passes.sign(LINE, FACTS).split('.')
    const facts = Buffer.from(JSON.stringify({ at: 0, ...FACTS, clientAddress: '::1' })).toString('base64url')
    expect(passes.parse(LINE, `${facts}.${mac}`)).toBeUndefined()
  })
})
