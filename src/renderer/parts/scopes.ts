import type { Scope } from '../../shared/routes.ts'
import { h, type Child } from '../dom.ts'
import { message } from './card.ts'
import { checkField } from './field.ts'

interface ScopeWords {
  readonly label: string
  readonly hint: string
  /** What can go wrong; shown once it is chosen. */
  readonly warning: string | null
}

export const SCOPE_WORDS: Readonly<Record<Scope, ScopeWords>> = {
  inference: { label: 'Use models', hint: 'Chat, complete text, make embeddings.', warning: null },
  read: { label: 'See models', hint: 'List your models and read about them.', warning: null },
  manage: {
    label: 'Manage models',
    hint: 'Download, create, copy and delete models.',
    warning: 'Managing models can fill your disk, or delete models that you have.',
  },
  account: {
    label: 'Ollama account',
    hint: 'Push models and search the web under your name at ollama.com.',
    warning: 'Account access acts in your name at ollama.com.',
  },
  cloud: {
    label: 'Cloud models',
    hint: 'Use models that run at ollama.com.',
    warning: 'Cloud models run at your account’s expense, and what is asked leaves this computer.',
  },
}

const ALL = Object.keys(SCOPE_WORDS) as readonly Scope[]

interface ScopesOptions {
  readonly id: string
  readonly legend: string
  readonly scopes: readonly Scope[]
  readonly isDisabled?: boolean
  readonly onChange: (scopes: readonly Scope[]) => void
}

/** What somebody may do, one box for each scope, with a warning for the dangerous ones. */
export function scopesField({ id, legend, scopes, isDisabled = false, onChange }: ScopesOptions): Child {
  return h(
    'fieldset',
    {},
    h('legend', {}, legend),
    ...ALL.map((scope) =>
      checkField({
        id: `${id}-${scope}`,
        label: SCOPE_WORDS[scope].label,
        hint: SCOPE_WORDS[scope].hint,
        isOn: scopes.includes(scope),
        isDisabled,
        onSet: (isOn) => onChange(ALL.filter((each) => (each === scope ? isOn : scopes.includes(each)))),
      }),
    ),
    h('div.stack', {}, ...scopes.flatMap((scope) => warningFor(scope))),
  )
}

function warningFor(scope: Scope): Child[] {
  const { warning } = SCOPE_WORDS[scope]
  return warning === null ? [] : [h('div', { key: scope }, message('warning', null, warning))]
}
