import { useId, useState } from 'preact/hooks'
import { NO_PARAMETERS } from '../chat/initial-view.ts'
import type { OpenConversation } from '../chat/chat-view.ts'
import { Button } from './button.tsx'
import { SheetDialog } from './dialog.tsx'
import { NUMBER_FIELDS, parseParameter, type NumberFieldRule } from './parameter-fields.ts'
import { useChatShell } from './shell.ts'
import { useWords } from './words.ts'

const MAX_SYSTEM_LENGTH = 100_000

interface ParametersSheetProps {
  readonly open: OpenConversation
  readonly onClose: () => void
}

/** System prompt and parameters of the open conversation. */
export function ParametersSheet({ open, onClose }: ParametersSheetProps) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const id = useId()
  const { parameters } = open
  return (
    <SheetDialog title={t('conversationSettings')} onClose={onClose}>
      <div class="field">
        <label for={id}>{t('systemPrompt')}</label>
        <textarea
          id={id}
          class="input"
          rows={4}
          dir="auto"
          value={open.system}
          maxLength={MAX_SYSTEM_LENGTH}
          aria-describedby={`${id}-hint`}
          onChange={({ currentTarget }) => actions.setSystem(currentTarget.value)}
        />
        <p class="hint" id={`${id}-hint`}>
          {t('systemPromptHint')}
        </p>
      </div>
      <section class="stack">
        <h3>{t('parameters')}</h3>
        <p class="hint">{t('parametersNote')}</p>
        <div class="parameters">
          {NUMBER_FIELDS.map((rule) => (
            <NumberField
              key={`${rule.name} ${parameters[rule.name] ?? ''}`}
              rule={rule}
              value={parameters[rule.name]}
              onSet={(value) => actions.setParameters({ [rule.name]: value })}
            />
          ))}
          <ThinkingField value={parameters.thinks} onSet={(thinks) => actions.setParameters({ thinks })} />
        </div>
        <div class="row">
          <Button onPress={() => actions.setParameters(NO_PARAMETERS)}>{t('resetParameters')}</Button>
        </div>
      </section>
    </SheetDialog>
  )
}

interface NumberFieldProps {
  readonly rule: NumberFieldRule
  readonly value: number | null
  readonly onSet: (value: number | null) => void
}

/** Redrawn for each value that is set. */
function NumberField({ rule, value, onSet }: NumberFieldProps) {
  const { t } = useWords()
  const id = useId()
  const [isWrong, setIsWrong] = useState(false)
  const change = (text: string): void => {
    const parsed = parseParameter(text, rule)
    setIsWrong(parsed === undefined)
    if (parsed !== undefined && parsed !== value) onSet(parsed)
  }
  return (
    <div class="field">
      <label for={id}>{t(rule.label)}</label>
      <input
        id={id}
        class="input"
        inputMode={rule.isWhole ? 'numeric' : 'decimal'}
        defaultValue={value === null ? '' : String(value)}
        placeholder={t('modelDefault')}
        autocomplete="off"
        maxLength={12}
        aria-describedby={`${id}-hint`}
        aria-invalid={isWrong || undefined}
        onChange={({ currentTarget }) => change(currentTarget.value)}
      />
      <p class={isWrong ? 'field-error' : 'hint'} id={`${id}-hint`}>
        {isWrong ? t('numberRange', { min: rule.min, max: rule.max }) : t(rule.hint)}
      </p>
    </div>
  )
}

interface ThinkingFieldProps {
  readonly value: boolean | null
  readonly onSet: (value: boolean | null) => void
}

function ThinkingField({ value, onSet }: ThinkingFieldProps) {
  const { t } = useWords()
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{t('thinks')}</label>
      <select
        id={id}
        class="input"
        value={value === null ? 'default' : String(value)}
        onChange={({ currentTarget: { value: chosen } }) =>
          onSet(chosen === 'default' ? null : chosen === 'true')
        }
      >
        <option value="default">{t('modelDefault')}</option>
        <option value="true">{t('on')}</option>
        <option value="false">{t('off')}</option>
      </select>
    </div>
  )
}
