import { CopyButton } from '../button.tsx'
import { useWords } from '../words.ts'

/** While code arrives, the browser lays out only the last part again. */
const LINES_IN_PART = 50

interface CodeBlockProps {
  /** The rest of the line that opened the block: a language, or a language and more. */
  readonly language: string
  readonly text: string
}

/** Code with the name of its language and a button that copies it. */
export function CodeBlock({ language, text }: CodeBlockProps) {
  const { t } = useWords()
  const name = /^[\w#+.-]{1,30}/.exec(language)?.[0] ?? ''
  return (
    <figure class="code">
      <figcaption>
        <span class="code-language" dir="ltr">
          {name === '' ? t('code') : name}
        </span>
        <CopyButton text={text} label={t('copyCode')} />
      </figcaption>
      <pre dir="ltr" tabIndex={0} aria-label={name === '' ? t('code') : t('codeIn', { language: name })}>
        <code>
          {partsOf(text).map((part, i) => (
            <span key={i} class="code-part">
              {part}
            </span>
          ))}
        </code>
      </pre>
    </figure>
  )
}

function partsOf(text: string): readonly string[] {
  const lines = text.split('\n')
  const count = Math.ceil(lines.length / LINES_IN_PART)
  return Array.from({ length: count }, (_, i) => {
    const part = lines.slice(i * LINES_IN_PART, (i + 1) * LINES_IN_PART).join('\n')
    return i === count - 1 ? part : `${part}\n`
  })
}
