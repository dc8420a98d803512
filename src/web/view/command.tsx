import { CopyButton } from './button.tsx'
import { useWords } from './words.ts'

/** A line to paste into a terminal. */
export function Command({ text }: { readonly text: string }) {
  const { t } = useWords()
  return (
    <div class="command" dir="ltr">
      <code>{text}</code>
      <CopyButton text={text} label={t('copy')} />
    </div>
  )
}
