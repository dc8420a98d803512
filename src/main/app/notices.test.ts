import { describe, expect, it } from 'vitest'
import { errorCase } from '../../shared/error-cases.ts'
import { Notices } from './notices.ts'

const noticeOf = (name: string) => errorCase('case.file.newer', { path: name })
const namesOf = ({ list }: Notices) => list.map(({ text }) => text.params['path'])

describe('Notices', () => {
  it('are dismissed by their number', () => {
    let changes = 0
    const notices = new Notices(() => changes++)
    notices.add(noticeOf('one'))
    notices.add(noticeOf('two'))
    notices.dismiss('notice0')
    notices.dismiss('UPDATE_FAILED')
    expect(namesOf(notices)).toEqual(['two'])
    expect(changes).toBe(4)
  })

  it('are bounded', () => {
    const notices = new Notices(() => {})
    for (let n = 0; n < 100; n++) notices.add(noticeOf(String(n)))
    expect(namesOf(notices)).toHaveLength(20)
    expect(namesOf(notices).at(-1)).toBe('99')
  })
})
