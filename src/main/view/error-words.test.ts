import { describe, expect, it } from 'vitest'
import { ERRORS } from '../../shared/errors.ts'
import { errorWords } from './error-words.ts'

/** Text that is only useful on a command line. */
const COMMAND_LINE = /npx|--[a-z]|cloudtolocalllm [a-z]/

describe('the text of an error', () => {
  it.each(Object.entries(ERRORS))('%s: a sentence without commands', (_code, { text }) => {
    const words = errorWords({ message: text })
    expect(words).toMatch(/^\p{Lu}.{10,}[.?…]$/su)
    expect(words).not.toMatch(COMMAND_LINE)
  })

  it.each([
    ['--upstream: it must be a URL', 'It must be a URL'],
    ['It broke. Run: npx cloudtolocalllm pair --relay https://relay.example.com CODE', 'It broke.'],
    ['It is taken. Choose another with --port (0 = any). Then go on.', 'It is taken. Then go on.'],
    [
      'Version 1.2.3 at https://relay.example.com is too old.',
      'Version 1.2.3 at https://relay.example.com is too old.',
    ],
  ])('%s', (message, words) => {
    expect(errorWords({ message })).toBe(words)
  })
})
