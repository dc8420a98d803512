import { h, type Child } from '../dom.ts'
import { icon } from './icon.ts'

/** What belongs to a control besides the control. */
export interface FieldOptions {
  /** Unique in the window. */
  readonly id: string
  readonly label: string
  readonly hint?: string | null
  readonly error?: string | null
  readonly isDisabled?: boolean
}

export interface TextFieldOptions extends FieldOptions {
  readonly value: string
  readonly type?: 'text' | 'url' | 'number' | 'password'
  readonly placeholder?: string
  /** From the start. */
  readonly isFocused?: boolean
  readonly maxLength?: number
  readonly onInput?: (value: string) => void
  /** When the user has finished: Enter, or on to something else. */
  readonly onCommit?: (value: string) => void
}

export function textField(options: TextFieldOptions): Child {
  const { onInput, onCommit, type = 'text' } = options
  const control = h('input.input', {
    ...controlProps(options),
    type: type === 'url' ? 'text' : type,
    inputmode: type === 'url' ? 'url' : undefined,
    min: type === 'number' ? 1 : undefined,
    value: options.value,
    placeholder: options.placeholder,
    mounted: (input) => options.isFocused === true && input.focus(),
    maxlength: options.maxLength,
    autocomplete: 'off',
    spellcheck: 'false',
    oninput: (event) => onInput?.(valueOf(event)),
    onchange: (event) => onCommit?.(valueOf(event)),
  })
  return field(options, control)
}

interface ChoiceOptions<Value extends string> extends FieldOptions {
  readonly value: Value
  readonly choices: readonly (readonly [Value, string])[]
  readonly onChoose: (value: Value) => void
}

export function choiceField<Value extends string>(options: ChoiceOptions<Value>): Child {
  const { choices, value, onChoose } = options
  const control = h(
    'select.input',
    {
      ...controlProps(options),
      value,
      onchange: (event) => {
        const chosen = choices.find(([choice]) => choice === valueOf(event))
        if (chosen !== undefined) onChoose(chosen[0])
      },
    },
    ...choices.map(([choice, label]) => h('option', { value: choice }, label)),
  )
  return field(options, control)
}

interface CheckOptions extends FieldOptions {
  readonly isOn: boolean
  readonly kind?: 'checkbox' | 'radio' | 'switch'
  /** Radio buttons of one name exclude each other. */
  readonly group?: string
  readonly onSet: (isOn: boolean) => void
}

export function checkField(options: CheckOptions): Child {
  const { kind = 'checkbox', isOn, onSet } = options
  const control = h(`input.${kind}`, {
    ...controlProps(options),
    type: kind === 'radio' ? 'radio' : 'checkbox',
    role: kind === 'switch' ? 'switch' : undefined,
    name: options.group,
    checked: isOn,
    onchange: (event) => event.target instanceof HTMLInputElement && onSet(event.target.checked),
  })
  return h(
    'div.check-field',
    {},
    control,
    h('div.check-text', {}, h('label', { for: options.id }, options.label), ...notesFor(options)),
  )
}

function field(options: FieldOptions, control: Child): Child {
  return h('div.field', {}, h('label', { for: options.id }, options.label), control, ...notesFor(options))
}

function controlProps({ id, hint, error, isDisabled }: FieldOptions) {
  const notes = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter((note) => note !== '')
  return {
    id,
    disabled: isDisabled,
    'aria-describedby': notes.length > 0 ? notes.join(' ') : undefined,
    'aria-invalid': error ? true : undefined,
  }
}

function notesFor({ id, hint, error }: FieldOptions): Child[] {
  return [
    hint ? h('p.hint', { id: `${id}-hint` }, hint) : null,
    error ? h('p.field-error', { id: `${id}-error`, role: 'alert' }, icon('error'), error) : null,
  ]
}

function valueOf({ target }: Event): string {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement ? target.value : ''
}
