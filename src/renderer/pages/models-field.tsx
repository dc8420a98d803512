import { CheckField, FieldNotes } from '../parts/field.tsx'
import { useWords } from '../words/window-words.ts'

interface ModelsFieldProps {
  /** The models of the model server. */
  readonly models: readonly string[]
  /** `null` = all. */
  readonly chosen: readonly string[] | null
  readonly error: string | null
  readonly onChange: (chosen: readonly string[] | null) => void
}

/** All models, or some of them. */
export function ModelsField({ models, chosen, error, onChange }: ModelsFieldProps) {
  // A model that has disappeared since it was selected stays visible.
  const { t } = useWords()
  const offered = [...new Set([...models, ...(chosen ?? [])])]
  return (
    <fieldset>
      <legend>{t('key.models')}</legend>
      <CheckField
        id="key-models-all"
        kind="radio"
        group="key-models"
        label={t('key.models.all')}
        isOn={chosen === null}
        onSet={() => onChange(null)}
      />
      <CheckField
        id="key-models-chosen"
        kind="radio"
        group="key-models"
        label={chosen === null ? t('key.models.some') : t('key.models.someOf', { count: chosen.length })}
        hint={offered.length === 0 ? t('key.models.none') : null}
        isOn={chosen !== null}
        isDisabled={offered.length === 0}
        onSet={() => onChange([])}
      />
      {chosen !== null && <ModelBoxes offered={offered} chosen={chosen} onChange={onChange} />}
      <FieldNotes id="key-models" error={error} />
    </fieldset>
  )
}

interface ModelBoxesProps {
  readonly offered: readonly string[]
  readonly chosen: readonly string[]
  readonly onChange: (chosen: readonly string[]) => void
}

function ModelBoxes({ offered, chosen, onChange }: ModelBoxesProps) {
  const { t } = useWords()
  const set = (model: string, isOn: boolean): void => {
    const others = chosen.filter((each) => each !== model)
    onChange(isOn ? [...others, model] : others)
  }
  return (
    <div class="choices" role="group" aria-label={t('key.models')}>
      {offered.map((model) => (
        <CheckField
          key={model}
          id={`key-model-${model}`}
          label={model}
          isOn={chosen.includes(model)}
          onSet={(isOn) => set(model, isOn)}
        />
      ))}
    </div>
  )
}
