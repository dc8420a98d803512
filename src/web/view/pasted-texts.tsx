import { IconButton } from './button.tsx'
import { useWords } from './words.ts'

/** Enough to recognize a text. */
const START_CHARS = 80

interface PastedTextsProps {
  readonly texts: readonly string[]
  readonly onChange: (texts: readonly string[]) => void
}

/** Long texts that will be sent with the message. */
export function PastedTexts({ texts, onChange }: PastedTextsProps) {
  const words = useWords()
  if (texts.length === 0) return null
  return (
    <ul class="pasted-texts">
      {texts.map((text, i) => (
        <li key={i}>
          <p>
            <strong>{words.t('pastedText', { size: words.size(text.length) })}</strong>
            <bdi>{text.slice(0, START_CHARS)}</bdi>
          </p>
          <IconButton
            icon="close"
            label={words.t('removePastedText')}
            onPress={() => onChange(texts.filter((_, j) => j !== i))}
          />
        </li>
      ))}
    </ul>
  )
}
