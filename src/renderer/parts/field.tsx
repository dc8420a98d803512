import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useWords } from '../words/window-words.ts'
import { Icon } from './icon.tsx'

/** Everything around a control. */
export interface FieldProps {
  /** Unique in the window. */
  readonly id: string
  readonly label: string
  readonly hint?: string | null
  readonly error?: string | null
  readonly isDisabled?: boolean
  /** It was saved a moment ago. */
  readonly isSaved?: boolean
}

const TYPES = {
  text: { type: 'text' },
  url: { type: 'text', inputMode: 'url' },
  // Not `number`: its value is empty for text that is not a number, so a typing error would look like an empty field.
  number: { type: 'text', inputMode: 'numeric' },
  password: { type: 'password' },
} as const

interface TextFieldProps extends FieldProps {
  readonly value: string
  readonly type?: keyof typeof TYPES
  readonly placeholder?: string
  /** From the start. */
  readonly isFocused?: boolean
  readonly maxLength?: number
  readonly onInput: (value: string) => void
  /** The user has finished: Enter, or the focus moved on. */
  readonly onCommit?: (value: string) => void
  readonly onBlur?: () => void
}

export function TextField(props: TextFieldProps) {
  const { type = 'text', value, placeholder, maxLength, isFocused = false, onInput, onCommit, onBlur } = props
  const ref = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => {
    if (isFocused) ref.current?.focus()
  }, [isFocused])
  return (
    <Field {...props}>
      <input
        {...controlProps(props)}
        ref={ref}
        class="input"
        {...TYPES[type]}
        value={value}
        placeholder={placeholder}
        maxLength={maxLength}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onInput(event.currentTarget.value)}
        onChange={(event) => onCommit?.(event.currentTarget.value)}
        onBlur={onBlur}
      />
    </Field>
  )
}

interface SearchFieldProps {
  readonly id: string
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
}

/** Filters a list as the user types. */
export function SearchField({ id, label, value, onInput }: SearchFieldProps) {
  return (
    <div class="field search">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        type="search"
        value={value}
        maxLength={200}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </div>
  )
}

interface CommitFieldProps extends Omit<TextFieldProps, 'onInput' | 'onBlur'> {
  readonly onCommit: (value: string) => void
}

/** A text field that keeps half-typed text, whatever snapshots arrive meanwhile, and reports the finished text. */
export function CommitField({ value, onCommit, ...others }: CommitFieldProps) {
  const [typed, setTyped] = useState<string | null>(null)
  const commit = (text: string): void => {
    setTyped(null)
    onCommit(text)
  }
  return (
    <TextField
      {...others}
      value={typed ?? value}
      onInput={setTyped}
      onCommit={commit}
      onBlur={() => setTyped(null)}
    />
  )
}

interface CheckedFieldProps extends CommitFieldProps {
  /** @returns what is wrong with the text; `null` = nothing */
  readonly check: (text: string) => string | null
}

/** Commits only text that passes the check. Other text stays in the field, with the reason below it. */
export function CheckedField({ check, value, error, onCommit, ...others }: CheckedFieldProps) {
  const [refused, setRefused] = useState<{ readonly text: string; readonly error: string } | null>(null)
  const commit = (text: string): void => {
    const mistake = check(text)
    setRefused(mistake === null ? null : { text, error: mistake })
    if (mistake === null) onCommit(text)
  }
  return (
    <CommitField
      {...others}
      value={refused?.text ?? value}
      error={refused?.error ?? error}
      onCommit={commit}
    />
  )
}

interface ChoiceFieldProps<Value extends string> extends FieldProps {
  readonly value: Value
  readonly choices: readonly (readonly [Value, string])[]
  readonly onChoose: (value: Value) => void
}

export function ChoiceField<Value extends string>(props: ChoiceFieldProps<Value>) {
  const { choices, value, onChoose } = props
  const choose = (text: string): void => {
    const chosen = choices.find(([choice]) => choice === text)
    if (chosen !== undefined) onChoose(chosen[0])
  }
  return (
    <Field {...props}>
      <select
        {...controlProps(props)}
        class="input"
        value={value}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {choices.map(([choice, label]) => (
          <option key={choice} value={choice}>
            {label}
          </option>
        ))}
      </select>
    </Field>
  )
}

const KINDS = {
  checkbox: { type: 'checkbox' },
  radio: { type: 'radio' },
  switch: { type: 'checkbox', role: 'switch' },
} as const

interface CheckFieldProps extends FieldProps {
  readonly isOn: boolean
  readonly kind?: keyof typeof KINDS
  /** Radio buttons of one name exclude each other. */
  readonly group?: string
  readonly onSet: (isOn: boolean) => void
}

export function CheckField(props: CheckFieldProps) {
  const { id, label, kind = 'checkbox', group, isOn, onSet } = props
  return (
    <div class="check-field">
      <input
        {...controlProps(props)}
        class={kind}
        {...KINDS[kind]}
        name={group}
        checked={isOn}
        onChange={(event) => onSet(event.currentTarget.checked)}
      />
      <div class="check-text">
        <label for={id}>{label}</label>
        <FieldNotes {...props} />
      </div>
    </div>
  )
}

function Field({ children, ...props }: FieldProps & { readonly children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      {children}
      <FieldNotes {...props} />
    </div>
  )
}

function controlProps({ id, hint, error, isDisabled }: FieldProps) {
  const notes = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter((note) => note !== '')
  return {
    id,
    disabled: isDisabled,
    'aria-describedby': notes.length > 0 ? notes.join(' ') : undefined,
    'aria-invalid': error ? true : undefined,
  }
}

/** The hint and the error below a control, or below a group of them. */
export function FieldNotes({
  id,
  hint,
  error,
  isSaved = false,
}: Pick<FieldProps, 'id' | 'hint' | 'error' | 'isSaved'>) {
  const { t } = useWords()
  return (
    <>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`} role="alert">
          <Icon name="error" />
          {error}
        </p>
      )}
      {isSaved && (
        <p class="saved" aria-hidden>
          <Icon name="done" />
          {t('saved')}
        </p>
      )}
    </>
  )
}
