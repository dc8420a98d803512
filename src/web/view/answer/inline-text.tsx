import type { MarkedToken, Token, Tokens } from 'marked'
import type { ComponentChildren, JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { useWords } from '../words.ts'
import { decodeEntities } from '../../markdown/entity.ts'
import { parseLink } from '../../markdown/link.ts'
import type { MathsToken } from '../../markdown/maths.ts'
import type { SafeLexer } from '../../markdown/safe-lexer.ts'

/** HTML tags that models use in Markdown. Every other tag is shown as text, and attributes are ignored. */
const ELEMENTS = new Set([
  'b',
  'strong',
  'i',
  'em',
  'u',
  's',
  'del',
  'ins',
  'sub',
  'sup',
  'kbd',
  'mark',
  'small',
  'q',
])
const MAX_ELEMENT_DEPTH = 8

/** The text of a block, with emphasis, code and links. */
export function InlineText({
  text,
  lexer,
}: {
  readonly text: string
  readonly lexer: SafeLexer
}): JSX.Element {
  return useMemo(() => <>{draw(lexer.inline(text), 0)}</>, [text, lexer])
}

function draw(tokens: readonly Token[], depth: number): ComponentChildren[] {
  const drawn: ComponentChildren[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as MarkedToken | MathsToken
    const end = token.type === 'html' && depth < MAX_ELEMENT_DEPTH ? closingTag(tokens, i) : -1
    if (end < 0) {
      drawn.push(drawToken(token, depth))
    } else {
      const Tag = token.raw.slice(1, -1).toLowerCase() as 'b'
      drawn.push(<Tag>{draw(tokens.slice(i + 1, end), depth + 1)}</Tag>)
      i = end
    }
  }
  return drawn
}

/** The place of the tag that closes the one at `start`, or -1. */
function closingTag(tokens: readonly Token[], start: number): number {
  const name = tokens[start]?.raw.slice(1, -1).toLowerCase() ?? ''
  if (!ELEMENTS.has(name)) return -1
  const closing = `</${name}>`
  return tokens.findIndex(({ type, raw }, i) => i > start && type === 'html' && raw.toLowerCase() === closing)
}

function drawToken(token: MarkedToken | MathsToken, depth: number): ComponentChildren {
  switch (token.type) {
    case 'strong':
      return <strong>{draw(token.tokens ?? [], depth)}</strong>
    case 'em':
      return <em>{draw(token.tokens ?? [], depth)}</em>
    case 'del':
      return <del>{draw(token.tokens ?? [], depth)}</del>
    case 'codespan':
      return <code dir="ltr">{token.text}</code>
    case 'br':
      return <br />
    case 'html':
      return /^<br\s*\/?>$/i.test(token.raw) ? <br /> : token.raw
    case 'link':
      return <LinkView token={token}>{draw(token.tokens ?? [], depth)}</LinkView>
    case 'image':
      return <PictureLink token={token} />
    case 'maths':
      return (
        <span class="maths" dir="ltr" data-display={token.isDisplay}>
          {token.text}
        </span>
      )
    case 'escape':
      return token.text
    case 'text':
      return decodeEntities(token.text)
    default:
      return token.raw
  }
}

interface LinkProps {
  readonly token: Tokens.Link
  readonly children: ComponentChildren
}

function LinkView({ token, children }: LinkProps) {
  const href = parseLink(decodeEntities(token.href))
  if (href === undefined) return <>{children}</>
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" title={token.title ?? undefined}>
      {children}
    </a>
  )
}

/** A remote image is not loaded: its server would learn who reads the answer. */
function PictureLink({ token }: { readonly token: Tokens.Image }) {
  const { t } = useWords()
  const href = parseLink(decodeEntities(token.href))
  const label = token.text === '' ? t('picture') : t('pictureOf', { name: token.text })
  if (href === undefined) return <span class="picture-link">{label}</span>
  return (
    <a class="picture-link" href={href} target="_blank" rel="noopener noreferrer">
      {label}
    </a>
  )
}
