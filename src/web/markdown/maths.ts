import type { Tokens } from 'marked'

/** A formula that is left unchanged: no emphasis, no escapes. */
export interface MathsToken extends Tokens.Generic {
  readonly type: 'maths'
  readonly raw: string
  readonly text: string
  readonly isDisplay: boolean
}

/** Bounds keep a lone dollar sign from searching the rest of a long text. */
const INLINE = [
  /^\$\$([^$]{1,2000}?)\$\$/,
  // A price is not a formula: no space inside the dollar signs, no digit behind them.
  /^\$(?![\s$])([^$\n`]{0,500}?[^\s$\\`])\$(?![\d$])/,
  /^\\\(([\s\S]{1,1000}?)\\\)/,
  /^\\\[([\s\S]{1,2000}?)\\\]/,
]
const BLOCK = [
  /^ {0,3}\$\$((?:(?!\n[ \t]*\n)[\s\S]){1,4000}?)\$\$[ \t]*(?:\n|$)/,
  /^ {0,3}\\\[((?:(?!\n[ \t]*\n)[\s\S]){1,4000}?)\\\][ \t]*(?:\n|$)/,
]

function match(rules: readonly RegExp[], src: string, isDisplay: boolean): MathsToken | undefined {
  for (const rule of rules) {
    const found = rule.exec(src)
    if (found?.[1] !== undefined) {
      return { type: 'maths', raw: found[0], text: found[1].trim(), isDisplay }
    }
  }
  return undefined
}

/** The formula at the beginning of a text. */
export function inlineMaths(src: string): MathsToken | undefined {
  const first = src[0]
  if (first !== '$' && first !== '\\') return undefined
  return match(INLINE, src, src.startsWith('$$') || src.startsWith('\\['))
}

/** The formula that fills the block at the beginning of a text. */
export function blockMaths(src: string): MathsToken | undefined {
  return /^ {0,3}(?:\$\$|\\\[)/.test(src) ? match(BLOCK, src, true) : undefined
}
