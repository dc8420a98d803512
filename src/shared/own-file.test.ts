import { describe, expect, it } from 'vitest'
import { isLoose, ownershipProblem } from './own-file.ts'
import { wordsFor, type KeyedText } from './words.ts'

const ME = 1000
const inTerminal = (words: KeyedText | null) => words && wordsFor(words, 'cli')

describe('a file or directory', () => {
  it.each([
    { uid: ME, mode: 0o40700 },
    { uid: ME, mode: 0o40755 },
    { uid: ME, mode: 0o100600 },
    { uid: 0, mode: 0o100440 },
    { uid: 0, mode: 0o40755 },
  ])('is trusted if owned by this user or root and not writable by others: %j', (facts) => {
    expect(ownershipProblem('/data', facts, ME)).toBeNull()
  })

  it.each([0o40770, 0o40777, 0o41777, 0o40702, 0o100620, 0o100666])(
    'that others can write to is refused: %o',
    (mode) => {
      expect(inTerminal(ownershipProblem("/my data's", { uid: ME, mode }, ME))).toBe(
        `Other users can write to /my data's, and could gain access. Run: chmod go-w '/my data'\\''s'`,
      )
    },
  )

  it('is not trusted if owned by another user, even if this process is root', () => {
    for (const uid of [0, ME])
      expect(inTerminal(ownershipProblem('/data', { uid: 1001, mode: 0o40700 }, uid))).toMatch(
        /^\/data belongs to .*1001/,
      )
  })

  it('is reported as too permissive if others can read it', () => {
    expect(isLoose({ uid: ME, mode: 0o100640 }, ME)).toBe(true)
    expect(isLoose({ uid: ME, mode: 0o100600 }, ME)).toBe(false)
    expect(isLoose({ uid: 0, mode: 0o100444 }, ME)).toBe(false)
  })
})
