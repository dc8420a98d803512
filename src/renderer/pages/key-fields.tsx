import { ChoiceField, TextField } from '../parts/field.tsx'
import { ScopesField } from '../parts/scopes.tsx'
import { useWords } from '../words/window-words.ts'
import { EXPIRY_DAYS, type Expiry, type KeyDraft, type KeyMistake } from './key-draft.ts'
import { ModelsField } from './models-field.tsx'

interface KeyFieldsProps {
  readonly draft: KeyDraft
  /** The mistake of the last attempt to save. */
  readonly mistake: KeyMistake | null
  readonly models: readonly string[]
  /** The expiry of an existing key; `undefined` for a new one. */
  readonly expiresAt?: number | null
  /** Only the name and, where they matter, models, expiry and limits. */
  readonly isShort?: boolean
  readonly areLimitsOpen?: boolean
  readonly onChange: (part: Partial<KeyDraft>) => void
}

/** The properties of a key that its owner chooses. */
export function KeyFields(props: KeyFieldsProps) {
  const { draft, mistake, models, isShort = false, areLimitsOpen = false, onChange } = props
  const { t } = useWords()
  const errorOf = (field: keyof KeyDraft) => (mistake?.field === field ? t(mistake.text) : null)
  return (
    <>
      <TextField
        id="key-name"
        label={t('key.name')}
        hint={t('key.nameHint')}
        value={draft.name}
        placeholder={t('key.namePhone')}
        maxLength={100}
        isFocused={mistake?.field === 'name'}
        error={errorOf('name')}
        onInput={(name) => onChange({ name })}
      />
      {!isShort && (
        <ScopesField
          id="key-scope"
          label={t('key.permissions')}
          scopes={draft.scopes}
          error={errorOf('scopes')}
          onChange={(scopes) => onChange({ scopes })}
        />
      )}
      <ModelsField
        models={models}
        chosen={draft.models}
        error={errorOf('models')}
        onChange={(chosen) => onChange({ models: chosen })}
      />
      <ExpiryField {...props} />
      <Limits draft={draft} errorOf={errorOf} isOpen={areLimitsOpen} onChange={onChange} />
    </>
  )
}

function ExpiryField({ draft, expiresAt, onChange }: KeyFieldsProps) {
  const words = useWords()
  const { t } = words
  const choices: (readonly [Expiry, string])[] = [
    ['', t('key.expires.never')],
    ...EXPIRY_DAYS.map((days) => [days, t(`key.expires.${days}`)] as const),
  ]
  if (expiresAt !== undefined) {
    const date = expiresAt === null ? t('key.expires.never') : words.date(expiresAt)
    choices.unshift(['keep', t('key.expires.keep', { date })])
  }
  return (
    <ChoiceField<Expiry>
      id="key-expiry"
      label={t('key.expires')}
      value={draft.expiry}
      choices={choices}
      onChoose={(expiry) => onChange({ expiry })}
    />
  )
}

interface LimitsProps extends Pick<KeyFieldsProps, 'draft' | 'onChange'> {
  readonly isOpen: boolean
  readonly errorOf: (field: keyof KeyDraft) => string | null
}

function Limits({ draft, isOpen, errorOf, onChange }: LimitsProps) {
  const { t } = useWords()
  return (
    <details open={isOpen}>
      <summary>{t('key.limits')}</summary>
      <div class="columns">
        <TextField
          id="key-rate"
          label={t('key.rate')}
          type="number"
          value={draft.requestsPerMinute}
          error={errorOf('requestsPerMinute')}
          placeholder={t('key.noLimit')}
          onInput={(requestsPerMinute) => onChange({ requestsPerMinute })}
        />
        <TextField
          id="key-concurrent"
          label={t('key.concurrent')}
          type="number"
          value={draft.maxConcurrent}
          error={errorOf('maxConcurrent')}
          placeholder={t('key.noLimit')}
          onInput={(maxConcurrent) => onChange({ maxConcurrent })}
        />
      </div>
    </details>
  )
}
