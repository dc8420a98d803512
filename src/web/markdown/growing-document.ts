import type { Token } from 'marked'
import { SafeLexer } from './safe-lexer.ts'
import { closeUnfinished } from './unfinished.ts'

const PIECE_LENGTH = 16_000

export interface Block {
  /** Stays the same while the block grows. */
  readonly id: number
  readonly token: Token
}

/**
 * A Markdown text that grows at its end. Finished blocks are read once and keep their identity; only the last one is
 * read again.
 */
export class GrowingDocument {
  #lexer = new SafeLexer()
  #finished: Block[] = []
  /** The text of the finished blocks. */
  #prefix = ''

  /** Parses the text into blocks. Replaced when blocks have to be rendered again. */
  get lexer(): SafeLexer {
    return this.#lexer
  }

  /** The blocks of the text. If it does not begin with the blocks finished before, it is read from the start. */
  update(source: string, isComplete: boolean): readonly Block[] {
    const text = source.includes('\r') ? source.replaceAll(/\r\n?/g, '\n') : source
    if (!text.startsWith(this.#prefix)) this.#restart()
    const rest = this.#advance(text, isComplete)
    // Blocks before the definition of a link were rendered without it, or with a part of its address.
    if (!isComplete || !this.#lexer.hasDefinitions) return this.#blocks(rest)
    this.#restart()
    return this.#blocks(this.#advance(text, true))
  }

  #restart(): void {
    this.#lexer = new SafeLexer()
    this.#finished = []
    this.#prefix = ''
  }

  /** Reads a long text piece by piece: the time for one piece grows faster than its length. */
  #advance(text: string, isComplete: boolean): readonly Token[] {
    let size = PIECE_LENGTH
    while (text.length - this.#prefix.length > size) {
      const before = this.#prefix.length
      this.#finish(text.slice(0, before + size), false)
      // One long block.
      size = this.#prefix.length === before ? size * 2 : PIECE_LENGTH
    }
    return this.#finish(text, isComplete)
  }

  /** Finishes all blocks but the last one, which may still grow, even after blank lines. Returns the rest. */
  #finish(text: string, isComplete: boolean): readonly Token[] {
    const tokens = this.#read(text.slice(this.#prefix.length), isComplete)
    const lastShown = tokens.findLastIndex(isShown)
    const last = lastShown < 0 ? tokens.length - 1 : lastShown
    let at = this.#prefix.length
    let count = 0
    for (const token of tokens.slice(0, Math.max(last, 0))) {
      // Text is held back at the end only, so this holds for every finished block.
      if (!text.startsWith(token.raw, at)) break
      at += token.raw.length
      count++
      if (isShown(token)) this.#finished.push(this.#block(token, 0))
    }
    this.#prefix = text.slice(0, at)
    return tokens.slice(count)
  }

  #read(tail: string, isComplete: boolean): readonly Token[] {
    if (isComplete) return this.#lexer.blocks(tail)
    const code = openCode(tail)
    return code === undefined ? this.#lexer.blocks(closeUnfinished(tail)) : [code]
  }

  #blocks(rest: readonly Token[]): readonly Block[] {
    return [...this.#finished, ...rest.filter(isShown).map((token, i) => this.#block(token, i))]
  }

  #block(token: Token, offset: number): Block {
    return { id: this.#finished.length + offset, token }
  }
}

function isShown({ type }: Token): boolean {
  return type !== 'space' && type !== 'def'
}

/** A block of code that has no end yet: it has no structure to look for. */
function openCode(tail: string): Token | undefined {
  const opening = /^\n*( {0,3})(`{3,}|~{3,})([^\n`]*)\n/.exec(tail)
  if (opening === null) return undefined
  const [raw, indent = '', fence = '', lang = ''] = opening
  const body = tail.slice(raw.length)
  const closing = new RegExp(`(?:^|\\n) {0,3}${fence[0] ?? ''}{${fence.length},}[ \\t]*(?:\\n|$)`)
  if (closing.test(body)) return undefined
  // The last line may be a part of the closing fence.
  const text = body.replace(/(?:^|\n)[ \t]*[`~]*$/, '')
  return {
    type: 'code',
    raw: tail,
    lang: lang.trim(),
    text: indent === '' ? text : text.replaceAll(new RegExp(`^ {1,${indent.length}}`, 'gm'), ''),
  }
}
