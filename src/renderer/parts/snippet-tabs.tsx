import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { Answer } from '../../shared/ipc/contract.ts'
import type { SnippetId, SnippetView } from '../../shared/ipc/view.ts'
import { useWords } from '../words/window-words.ts'
import { CopyButton } from './button.tsx'
import { Tabs } from './tabs.tsx'

interface SnippetTabsProps {
  readonly snippets: readonly SnippetView[]
  /** `null` = the first one. */
  readonly chosen: SnippetId | null
  readonly onChoose: (snippet: SnippetId) => void
  readonly onCopy: (snippet: SnippetView) => Promise<Answer<unknown>>
  readonly children?: ComponentChildren
}

/** The configuration of each client in a separate tab. A dialog shows them too, over the page that has its own. */
export function SnippetTabs({ snippets, chosen, onChoose, onCopy, children }: SnippetTabsProps) {
  const { t } = useWords()
  const idStart = useId()
  const snippet = snippets.find(({ id }) => id === chosen) ?? snippets[0]
  if (snippet === undefined) return null
  const { label, hint, text, evidence } = snippet
  return (
    <>
      <Tabs
        name="snippets"
        label={t('connect.client')}
        idStart={idStart}
        panelId={`${idStart}-panel`}
        tabs={snippets.map((each) => ({ id: each.id, face: each.label }))}
        chosen={snippet.id}
        onChoose={onChoose}
      />
      <div
        class="snippet"
        id={`${idStart}-panel`}
        role="tabpanel"
        aria-labelledby={`${idStart}-tab-${snippet.id}`}
      >
        <div class="row spread">
          <p class="muted">{hint}</p>
          <CopyButton
            what={`snippet ${snippet.id}`}
            label={t('connect.copySnippet', { client: label })}
            onCopy={() => onCopy(snippet)}
          />
        </div>
        <pre class="code">
          <code>{text}</code>
        </pre>
        {evidence === 'documented' && <p class="hint">{t('connect.documented', { client: label })}</p>}
        {children}
      </div>
    </>
  )
}
