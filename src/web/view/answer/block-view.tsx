import type { MarkedToken, Token, Tokens } from 'marked'
import type { JSX } from 'preact'
import { memo } from '../memo.tsx'
import { useWords } from '../words.ts'
import { CodeBlock } from './code-block.tsx'
import { InlineText } from './inline-text.tsx'
import type { MathsToken } from '../../markdown/maths.ts'
import type { SafeLexer } from '../../markdown/safe-lexer.ts'

interface BlockProps {
  readonly token: Token
  readonly lexer: SafeLexer
}

/** A block of Markdown. One with the same text is the same block. */
export const BlockView = memo<BlockProps>(
  ({ token, lexer }) => drawBlock(token as MarkedToken | MathsToken, lexer),
  (before, after) =>
    before.token.type === after.token.type &&
    before.token.raw === after.token.raw &&
    before.lexer === after.lexer,
)

function drawBlock(token: MarkedToken | MathsToken, lexer: SafeLexer): JSX.Element | null {
  switch (token.type) {
    case 'heading':
      return <HeadingView token={token} lexer={lexer} />
    case 'paragraph':
    case 'text':
      return (
        <p>
          <InlineText text={token.text} lexer={lexer} />
        </p>
      )
    case 'code':
      return <CodeBlock language={token.lang ?? ''} text={token.text} />
    case 'blockquote':
      return (
        <blockquote dir="auto">
          <BlockList tokens={token.tokens} lexer={lexer} />
        </blockquote>
      )
    case 'list':
      return <ListView token={token} lexer={lexer} />
    case 'table':
      return <TableView token={token} lexer={lexer} />
    case 'hr':
      return <hr />
    case 'maths':
      return (
        <p class="maths" dir="ltr">
          {token.text}
        </p>
      )
    default:
      return null
  }
}

function BlockList({ tokens, lexer }: { readonly tokens: readonly Token[]; readonly lexer: SafeLexer }) {
  return (
    <>
      {tokens.map((token, i) => (
        <BlockView key={i} token={token} lexer={lexer} />
      ))}
    </>
  )
}

/** Models skip levels, so all headings of an answer have the same one, below that of the answer itself. */
function HeadingView({
  token,
  lexer,
}: {
  readonly token: Tokens.Heading | Tokens.Generic
  readonly lexer: SafeLexer
}) {
  return (
    <h3 class={`level-${Math.min(3, Number(token.depth))}`}>
      <InlineText text={String(token.text)} lexer={lexer} />
    </h3>
  )
}

function ListView({ token, lexer }: { readonly token: Tokens.List; readonly lexer: SafeLexer }) {
  const items = token.items.map((item, i) => <ItemView key={i} item={item} lexer={lexer} />)
  if (!token.ordered) return <ul dir="auto">{items}</ul>
  return (
    <ol dir="auto" start={token.start === '' ? 1 : token.start}>
      {items}
    </ol>
  )
}

interface ItemProps {
  readonly item: Tokens.ListItem
  readonly lexer: SafeLexer
}

const ItemView = memo<ItemProps>(
  ({ item, lexer }) => (
    <li class={item.task ? 'task' : undefined}>
      {item.task && <TaskBox isDone={item.checked === true} />}
      <div class="item">
        {item.tokens.map((token, i) => (
          <ItemPart key={i} token={token} lexer={lexer} />
        ))}
      </div>
    </li>
  ),
  (before, after) => before.item.raw === after.item.raw && before.lexer === after.lexer,
)

/** A part of an item. Its text is a paragraph from the start, so that it does not jump when a second one arrives. */
function ItemPart({ token, lexer }: BlockProps) {
  if (token.type !== 'text' && token.type !== 'paragraph') return <BlockView token={token} lexer={lexer} />
  return (
    <p>
      <InlineText text={withoutTaskBox(token)} lexer={lexer} />
    </p>
  )
}

function withoutTaskBox(token: Tokens.Generic): string {
  const box = token.tokens?.[0]
  const text = String(token.text)
  return box?.type === 'checkbox' ? text.slice(box.raw.length) : text
}

function TaskBox({ isDone }: { readonly isDone: boolean }) {
  const { t } = useWords()
  return (
    <span class="task-box" role="img" aria-label={t(isDone ? 'taskDone' : 'taskOpen')} data-done={isDone} />
  )
}

function TableView({ token, lexer }: { readonly token: Tokens.Table; readonly lexer: SafeLexer }) {
  const { t } = useWords()
  return (
    <div class="table" tabIndex={0} role="group" aria-label={t('table')}>
      <table dir="auto">
        <thead>
          <tr>
            {token.header.map((cell, i) => (
              <th key={i} scope="col" class={alignment(cell)}>
                <InlineText text={cell.text} lexer={lexer} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j} class={alignment(cell)}>
                  <InlineText text={cell.text} lexer={lexer} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function alignment({ align }: Tokens.TableCell): string | undefined {
  return align === null ? undefined : `align-${align}`
}
