import { Brand } from './brand.tsx'
import { modelLabel } from './model-label.ts'
import { useWords } from './words.ts'

interface WelcomeProps {
  readonly model: string | null
  readonly hasSuggestions: boolean
  readonly onSuggest: (text: string) => void
}

/** An empty conversation. A suggestion goes into the composer, where it can be changed. */
export function Welcome({ model, hasSuggestions, onSuggest }: WelcomeProps) {
  const { t } = useWords()
  const suggestions = [
    ['suggestExplain', 'suggestExplainText'],
    ['suggestWrite', 'suggestWriteText'],
    ['suggestIdeas', 'suggestIdeasText'],
    ['suggestCode', 'suggestCodeText'],
  ] as const
  return (
    <main class="messages empty">
      <div class="empty-page">
        <Brand />
        <h2>{t('welcome')}</h2>
        {model !== null && <p class="muted">{t('welcomeNote', { model: modelLabel(model) })}</p>}
        {hasSuggestions && (
          <ul class="suggestions">
            {suggestions.map(([title, text]) => (
              <li key={title}>
                <button class="suggestion" type="button" onClick={() => onSuggest(t(text))}>
                  <strong>{t(title)}</strong>
                  <span>{t(text)}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </main>
  )
}
