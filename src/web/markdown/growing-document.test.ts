import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GrowingDocument } from './growing-document.ts'

const ANSWER = `# Title

First paragraph with **bold** text.

1. One

   \`\`\`js
   const a = 1
   \`\`\`

2. Two

   more of two

| a | b |
| - | - |
| 1 | 2 |

\`\`\`python
def f():

    return 1
\`\`\`

> quoted
> text

Last, with [a link][x].

[x]: https://example.org/path
`

const shape = (text: string) => new GrowingDocument().update(text, true).map(({ id, token }) => [id, token])

/** The blocks after the text has arrived in pieces that end at `cuts`. */
function grown(text: string, cuts: readonly number[]) {
  const document = new GrowingDocument()
  for (const cut of cuts) document.update(text.slice(0, cut), false)
  return document.update(text, true).map(({ id, token }) => [id, token])
}

describe('a growing document', () => {
  it('gives the same result however it is split', () => {
    const whole = shape(ANSWER)
    expect(whole.map(([, token]) => (token as { type: string }).type)).toEqual([
      'heading',
      'paragraph',
      'list',
      'table',
      'code',
      'blockquote',
      'paragraph',
    ])
    const cuts = Array.from({ length: ANSWER.length }, (_, i) => i)
    expect(grown(ANSWER, cuts)).toEqual(whole)
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(ANSWER.length), { maxLength: 20 }), (some) => {
        expect(
          grown(
            ANSWER,
            some.toSorted((a, b) => a - b),
          ),
        ).toEqual(whole)
      }),
      { numRuns: 50 },
    )
  })

  it('ends with the same result when read in several chunks', () => {
    const text = ANSWER.repeat(300)
    expect(text.length).toBeGreaterThan(60_000)
    const [last] = shape(text).slice(-1)
    expect(shape(text)).toHaveLength(7 * 300)
    expect(last).toMatchObject([7 * 300 - 1, { type: 'paragraph' }])
  })

  it('keeps the identity of finished blocks', () => {
    const document = new GrowingDocument()
    const [before] = document.update('First.\n\nSecond', false)
    const [after, second] = document.update('First.\n\nSecond grows', false)
    expect(after).toBe(before)
    expect(second).toMatchObject({ id: 1, token: { text: 'Second grows' } })
  })

  it('keeps a list together across blank lines', () => {
    const document = new GrowingDocument()
    document.update('1. One\n\n', false)
    const blocks = document.update('1. One\n\n   - inner\n\n2. Two', false)
    expect(blocks).toHaveLength(1)
    expect(blocks[0]?.token).toMatchObject({ items: [{}, {}] })
  })

  it('starts over if the text is replaced', () => {
    const document = new GrowingDocument()
    document.update('One.\n\nTwo.\n\nThree', false)
    expect(document.update('Another', false).map(({ token }) => token.raw)).toEqual(['Another'])
  })

  it.each([
    ['Text with **bo', ['Text with **bo**']],
    ['Text with **', ['Text with ']],
    ['A `co', ['A `co`']],
    ['See [the li', ['See the li']],
    ['See [the link](https://exa', ['See the link']],
    ['Para\n-', ['Para']],
    ['Para\n\n| a | b', ['Para']],
    ['5 * 3 and snake_case', ['5 * 3 and snake_case']],
    ['A <', ['A ']],
  ])('shows the unfinished %j as %j', (text, shown) => {
    expect(
      new GrowingDocument()
        .update(text, false)
        .map(({ token }) => (token as { text: string }).text.trimEnd()),
    ).toEqual(shown.map((line) => line.trimEnd()))
  })

  it('withholds a partial code fence that may be a closing one', () => {
    const [block] = new GrowingDocument().update('```js\nlet a\n``', false)
    expect(block?.token).toMatchObject({ type: 'code', lang: 'js', text: 'let a' })
  })

  it('parses 10,000 tokens, one at a time, within a few frames', () => {
    const text = ANSWER.repeat(130)
    const document = new GrowingDocument()
    const startedAt = performance.now()
    for (let end = 4; end < text.length; end += 4) document.update(text.slice(0, end), false)
    const ms = performance.now() - startedAt
    expect(ms / (text.length / 4), 'milliseconds for each token').toBeLessThan(8)
  })
})
