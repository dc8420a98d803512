import type { Scope } from '../../shared/routes.ts'
import { Message } from './card.tsx'
import { CheckField, FieldNotes, type FieldProps } from './field.tsx'

interface ScopeWords {
  readonly label: string
  readonly hint: string
  /** The risk; shown once the scope is chosen. */
  readonly warning: string | null
}

export const SCOPE_WORDS: Readonly<Record<Scope, ScopeWords>> = {
  inference: { label: 'Use models', hint: 'Chat, text completion and embeddings.', warning: null },
  read: { label: 'See models', hint: 'List models and read their details.', warning: null },
  manage: {
    label: 'Manage models',
    hint: 'Download, create, copy and delete models.',
    warning: 'Managing models can fill your disk or delete models you need.',
  },
  account: {
    label: 'Ollama account',
    hint: 'Push models and search the web with your account at ollama.com.',
    warning: 'Account access acts in your name at ollama.com.',
  },
  cloud: {
    label: 'Cloud models',
    hint: 'Use models that run at ollama.com.',
    warning: 'Cloud models are charged to your account, and prompts leave this computer.',
  },
}

const ALL = Object.keys(SCOPE_WORDS) as readonly Scope[]

interface ScopesFieldProps extends FieldProps {
  readonly scopes: readonly Scope[]
  readonly onChange: (scopes: readonly Scope[]) => void
}

/** Permissions: one box for each scope, with a warning for the risky ones. */
export function ScopesField({ id, label, hint, error, scopes, isDisabled, onChange }: ScopesFieldProps) {
  return (
    <fieldset>
      <legend>{label}</legend>
      {ALL.map((scope) => (
        <CheckField
          key={scope}
          id={`${id}-${scope}`}
          label={SCOPE_WORDS[scope].label}
          hint={SCOPE_WORDS[scope].hint}
          isOn={scopes.includes(scope)}
          isDisabled={isDisabled}
          onSet={(isOn) => onChange(ALL.filter((each) => (each === scope ? isOn : scopes.includes(each))))}
        />
      ))}
      <div class="stack">
        {scopes.map((scope) => {
          const { warning } = SCOPE_WORDS[scope]
          return warning !== null && <Message key={scope} kind="warning" text={warning} />
        })}
      </div>
      <FieldNotes id={id} hint={hint} error={error} />
    </fieldset>
  )
}
