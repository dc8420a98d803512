import { Lexer, Tokenizer, type Token, type Tokens } from 'marked'
import { blockMaths, inlineMaths } from './maths.ts'

/** Deeper lists and quotations are shown as text: nesting costs a stack frame and a rescan a level. */
const MAX_DEPTH = 16
/** Wider tables are shown as text: each row is padded to the width of the header. */
const MAX_COLUMNS = 64
/** Text with more is shown without formatting: pairing delimiters takes more than linear time. */
const MAX_INLINE_LENGTH = 20_000
const MAX_DELIMITERS = 800

/** The rules of Markdown, with a bound on whatever takes more than linear time or passes markup on. */
class SafeTokenizer extends Tokenizer {
  #depth = 0

  /** A quotation, unless it is nested too deep. */
  override blockquote(src: string): Tokens.Blockquote | undefined {
    return this.#nested(() => super.blockquote(src))
  }

  /** A list, unless it is nested too deep. */
  override list(src: string): Tokens.List | undefined {
    return this.#nested(() => super.list(src))
  }

  /** A table, unless it is too wide. */
  override table(src: string): Tokens.Table | undefined {
    const header = src.slice(0, Math.max(src.indexOf('\n'), 0))
    return header.split('|', MAX_COLUMNS + 3).length > MAX_COLUMNS + 2 ? undefined : super.table(src)
  }

  /** Markup is text. */
  override html(): undefined {
    return undefined
  }

  /** A single tag. The code that renders it decides what it may do. */
  override tag(src: string): Tokens.Tag | undefined {
    const raw = /^<\/?[a-z][a-z0-9]{0,15}\s{0,4}\/?>/i.exec(src)?.[0]
    if (raw === undefined) return undefined
    return { type: 'html', raw, text: raw, inLink: false, inRawBlock: false, block: false }
  }

  /** A bare address. Mail addresses stay text: finding them takes quadratic time. */
  override url(src: string): Tokens.Link | undefined {
    const found = /^https?:\/\/[^\s<>"`]{1,2000}/i.exec(src)?.[0]
    if (found === undefined) return undefined
    const raw = withoutTrailingPunctuation(found)
    const text: Token = { type: 'text', raw, text: raw, escaped: false }
    return { type: 'link', raw, text: raw, href: raw, title: null, tokens: [text] }
  }

  /** Text up to the next character that may mean something. */
  override inlineText(src: string): Tokens.Text | undefined {
    const raw = /^(?:`+|~+|[^`~])[\s\S]*?(?=[\\<![`*~_$]|https?:\/\/|$)/.exec(src)?.[0]
    return raw === undefined ? undefined : { type: 'text', raw, text: raw, escaped: false }
  }

  #nested<T>(read: () => T): T | undefined {
    if (this.#depth >= MAX_DEPTH) return undefined
    this.#depth++
    try {
      return read()
    } finally {
      this.#depth--
    }
  }
}

function withoutTrailingPunctuation(address: string): string {
  const trimmed = address.replace(/[.,;:!?'"*_~]{1,20}$/, '')
  const opened = trimmed.split('(').length
  return trimmed.endsWith(')') && trimmed.split(')').length > opened ? trimmed.slice(0, -1) : trimmed
}

function createLexer(): Lexer {
  return new Lexer({
    gfm: true,
    tokenizer: new SafeTokenizer(),
    extensions: { renderers: {}, childTokens: {}, block: [blockMaths], inline: [inlineMaths] },
  })
}

/**
 * Reads Markdown into tokens in a time that grows linearly with the text, whatever the text is.
 * Blocks are read first; the text inside them when it is rendered.
 */
export class SafeLexer {
  #lexer = createLexer()

  /** Whether the text had a line `[name]: address`. */
  get hasDefinitions(): boolean {
    return Object.keys(this.#lexer.tokens.links).length > 0
  }

  /** The blocks of a text. A text that cannot be read is one paragraph. */
  blocks(src: string): Token[] {
    return this.#read(src, (lexer) => lexer.blockTokens(src, []), 'paragraph')
  }

  /** The text of a paragraph, heading, list item or cell. */
  inline(src: string): Token[] {
    if (src.length > MAX_INLINE_LENGTH || hasManyDelimiters(src)) return [textToken('text', src)]
    return this.#read(src, (lexer) => lexer.inlineTokens(src, []), 'text')
  }

  #read(src: string, read: (lexer: Lexer) => Token[], fallback: 'paragraph' | 'text'): Token[] {
    try {
      return read(this.#lexer)
    } catch {
      // The state of the old one is unknown now.
      const { links } = this.#lexer.tokens
      this.#lexer = createLexer()
      this.#lexer.tokens.links = links
      return [textToken(fallback, src)]
    } finally {
      // Text is parsed when it is rendered, and only then.
      this.#lexer.inlineQueue = []
    }
  }
}

function hasManyDelimiters(src: string): boolean {
  let count = 0
  for (const _ of src.matchAll(/[*_~`[\]<!$\\&]/g)) if (++count > MAX_DELIMITERS) return true
  return false
}

function textToken(type: 'paragraph' | 'text', text: string): Token {
  return { type, raw: text, text, tokens: [] }
}
