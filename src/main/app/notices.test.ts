import { describe, expect, it } from 'vitest'
import { Notices } from './notices.ts'

const textsOf = ({ list }: Notices) => list.map(({ text }) => text)

describe('Notices', () => {
  it('are dismissed by their number', () => {
    let changes = 0
    const notices = new Notices(() => changes++)
    notices.add('one')
    notices.add('two')
    notices.dismiss('notice0')
    notices.dismiss('UPDATE_FAILED')
    expect(textsOf(notices)).toEqual(['two'])
    expect(changes).toBe(4)
  })

  it('are bounded', () => {
    const notices = new Notices(() => {})
    for (let n = 0; n < 100; n++) notices.add(String(n))
    expect(textsOf(notices)).toHaveLength(20)
    expect(textsOf(notices).at(-1)).toBe('99')
  })
})
