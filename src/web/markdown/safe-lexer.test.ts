import type { Token } from 'marked'
import { describe, expect, it } from 'vitest'
import { GrowingDocument } from './growing-document.ts'
import { parseLink } from './link.ts'
import { SafeLexer } from './safe-lexer.ts'

const inline = (text: string) => new SafeLexer().inline(text)
const typesOf = (tokens: readonly Token[]) => tokens.map(({ type }) => type)

/** About a second on an idle machine, more on a busy one; quadratic time would take minutes. */
const MAX_MS = 15_000

/** Reads all of a text as the page does: its blocks, then the text in each. Returns the milliseconds that it took. */
function readingMs(text: string): number {
  const startedAt = performance.now()
  const document = new GrowingDocument()
  document.update(text.slice(0, text.length / 2), false)
  for (const { token } of document.update(text, true)) readText(token, document.lexer)
  return performance.now() - startedAt
}

function readText(token: Token, lexer: SafeLexer): void {
  if (token.type === 'paragraph' || token.type === 'heading' || token.type === 'text')
    lexer.inline(token.text)
  const inner: unknown = 'items' in token ? token.items : 'tokens' in token ? token.tokens : []
  for (const child of (inner as Token[] | undefined) ?? []) readText(child, lexer)
}

const MB = 1_000_000
const HOSTILE = {
  'quotations nested 10,000 deep': '> '.repeat(10_000),
  'lists nested 10,000 deep': Array.from({ length: 300 }, (_, i) => `${' '.repeat(2 * i)}- a`).join('\n'),
  'list markers in one line': '- '.repeat(10_000),
  'brackets nested 10,000 deep': `${'['.repeat(10_000)}a${']'.repeat(10_000)}`,
  'pictures nested 10,000 deep': `${'!['.repeat(10_000)}a${'](x)'.repeat(10_000)}`,
  'a line of 1 MB': 'a'.repeat(MB),
  'a line of asterisks': '*a '.repeat(MB / 30),
  'a line of underscores': '_a_'.repeat(MB / 30),
  'a line of backticks': '`'.repeat(MB / 10),
  'backtick runs of every length': Array.from({ length: 1_000 }, (_, i) => '`'.repeat(i)).join(' '),
  'dollar signs': '$a '.repeat(MB / 30),
  'opening tags': '<a'.repeat(MB / 20),
  'comments that do not end': '<!--'.repeat(MB / 40),
  'fences that do not end': '```\na\n~~~\n'.repeat(MB / 100),
  'a wide table': `${'|a'.repeat(20_000)}|\n${'|-'.repeat(20_000)}|\n${'|b|\n'.repeat(1_000)}`,
  definitions: '[a]: b\n'.repeat(MB / 70),
  'blank lines': '\n'.repeat(MB / 10),
  spaces: ' '.repeat(MB / 10),
  entities: '&amp;'.repeat(MB / 50),
  'mail addresses': 'a@'.repeat(MB / 20),
  addresses: 'http://a'.repeat(MB / 80),
  colons: ':::: '.repeat(MB / 50),
}

describe('time', () => {
  it.each(Object.entries(HOSTILE))('is bounded for %s', (_name, text) => {
    expect(readingMs(text)).toBeLessThan(MAX_MS)
  })

  it('is bounded for an answer of 1 MB', () => {
    const part = '# Head\n\nText with **bold**, `code` and [a link](https://example.org).\n\n- one\n- two\n\n'
    expect(readingMs(part.repeat(MB / part.length))).toBeLessThan(MAX_MS)
  })
})

describe('markup', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg onload=alert(1)>',
    '<div>\na\n</div>',
  ])('is text: %s', (text) => {
    expect(typesOf(new SafeLexer().blocks(text))).toEqual(['paragraph'])
    const tags = inline(text).filter(({ type }) => type === 'html')
    for (const { raw } of tags) expect(raw).toMatch(/^<\/?(?:script|div)>$/)
  })

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://a/b',
    '//example.org',
    '/path',
    '#a',
    '\u0001javascript:alert(1)',
    'java\nscript:alert(1)',
    'ctl://x',
  ])('does not link to %j', (href) => {
    expect(parseLink(href)).toBeUndefined()
  })

  it.each([
    ['https://example.org/a b', 'https://example.org/a%20b'],
    ['http://example.org', 'http://example.org/'],
    ['mailto:a@example.org', 'mailto:a@example.org'],
  ])('links to %j', (href, address) => {
    expect(parseLink(href)).toBe(address)
  })
})

describe('text', () => {
  it.each([
    ['$a_1 * b_2$', 'a_1 * b_2'],
    ['\\(x^2 * y_1 * z_1\\)', 'x^2 * y_1 * z_1'],
    ['\\[x * y * z\\]', 'x * y * z'],
    ['$$\\frac{a}{b}$$', '\\frac{a}{b}'],
  ])('leaves the formula %s as it is', (text, formula) => {
    expect(inline(text)).toMatchObject([{ type: 'maths', text: formula }])
  })

  it('does not mistake prices for a formula', () => {
    expect(typesOf(inline('It costs $5 or $6 and more'))).not.toContain('maths')
  })

  it('keeps a multi-line formula together', () => {
    expect(new SafeLexer().blocks('$$\na_1\n= b_1\n$$\n')).toMatchObject([
      { type: 'maths', text: 'a_1\n= b_1' },
    ])
  })

  it('links bare URLs without trailing punctuation', () => {
    expect(inline('See https://example.org/a_(b)).')).toMatchObject([
      { type: 'text' },
      { type: 'link', href: 'https://example.org/a_(b)' },
      { type: 'text', text: ').' },
    ])
  })

  it('parses task lists', () => {
    const [list] = new SafeLexer().blocks('- [x] done\n- [ ] open\n- plain')
    expect(list).toMatchObject({
      items: [{ task: true, checked: true }, { task: true, checked: false }, { task: false }],
    })
  })
})
