import { useState } from 'preact/hooks'
import type { ChatModel } from '../chat/chat-view.ts'
import { SheetDialog } from './dialog.tsx'
import { Icon } from './icon.tsx'
import { useChatShell } from './shell.ts'
import { useWords } from './words.ts'

/** A shorter list is read faster than searched. */
const SEARCH_FROM = 9

interface ModelSheetProps {
  readonly models: readonly ChatModel[]
  readonly chosen: string | null
  readonly onClose: () => void
}

/** Chooses the model of the open conversation. */
export function ModelSheet({ models, chosen, onClose }: ModelSheetProps) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const [query, setQuery] = useState('')
  const wanted = query.trim().toLowerCase()
  const found = models.filter(({ name }) => name.toLowerCase().includes(wanted))
  return (
    <SheetDialog title={t('chooseModel')} onClose={onClose}>
      {models.length >= SEARCH_FROM && (
        <div class="search">
          <Icon name="search" />
          <input
            class="input"
            type="search"
            aria-label={t('searchModels')}
            placeholder={t('searchModels')}
            value={query}
            autocomplete="off"
            autocapitalize="off"
            onInput={({ currentTarget }) => setQuery(currentTarget.value)}
          />
        </div>
      )}
      {found.length === 0 && (
        <p class="nothing" role="status">
          {t('noMatches', { query: query.trim() })}
        </p>
      )}
      <ul class="models">
        {found.map((model) => (
          <li key={`${model.device ?? ''} ${model.name}`}>
            <ModelButton
              model={model}
              isChosen={model.name === chosen}
              onChoose={() => {
                actions.setModel(model.name)
                onClose()
              }}
            />
          </li>
        ))}
      </ul>
      <p class="hint">{t('modelsNote')}</p>
    </SheetDialog>
  )
}

interface ModelButtonProps {
  readonly model: ChatModel
  readonly isChosen: boolean
  readonly onChoose: () => void
}

function ModelButton({ model, isChosen, onChoose }: ModelButtonProps) {
  const words = useWords()
  const { name, sizeBytes, contextTokens, device, isLoaded, hasVision } = model
  const facts = [
    ...(sizeBytes === null ? [] : [words.size(sizeBytes)]),
    ...(contextTokens === null
      ? []
      : [words.t('modelContext', { tokens: words.number(contextTokens, { notation: 'compact' }) })]),
    ...(device === null ? [] : [device]),
  ]
  return (
    <button class="model" type="button" aria-current={isChosen ? 'true' : undefined} onClick={onChoose}>
      <bdi class="model-name">{name}</bdi>
      <span class="model-facts">
        <bdi>{facts.join(' · ')}</bdi>
        {hasVision === true && (
          <span class="tag">
            <Icon name="eye" />
            {words.t('modelVision')}
          </span>
        )}
        {isLoaded === true && <span class="tag good">{words.t('modelLoaded')}</span>}
      </span>
      {isChosen && <Icon name="done" />}
    </button>
  )
}
