import { SCOPES, type Scope } from '../../shared/routes.ts'
import type { WindowKey } from '../words/en.ts'
import { useWords } from '../words/window-words.ts'
import { Message } from './card.tsx'
import { CheckField, FieldNotes, type FieldProps } from './field.tsx'

/** The risk of a scope; shown once it is chosen. */
const WARNINGS: Partial<Readonly<Record<Scope, Extract<WindowKey, `scope.${string}.warning`>>>> = {
  manage: 'scope.manage.warning',
  account: 'scope.account.warning',
  cloud: 'scope.cloud.warning',
}

interface ScopesFieldProps extends FieldProps {
  readonly scopes: readonly Scope[]
  readonly onChange: (scopes: readonly Scope[]) => void
}

/** Permissions: one box for each scope, with a warning for the risky ones. */
export function ScopesField({
  id,
  label,
  hint,
  error,
  scopes,
  isDisabled,
  isSaved,
  onChange,
}: ScopesFieldProps) {
  const { t } = useWords()
  return (
    <fieldset>
      <legend>{label}</legend>
      {SCOPES.map((scope) => (
        <CheckField
          key={scope}
          id={`${id}-${scope}`}
          label={t(`scope.${scope}`)}
          hint={t(`scope.${scope}.hint`)}
          isOn={scopes.includes(scope)}
          isDisabled={isDisabled}
          onSet={(isOn) => onChange(SCOPES.filter((each) => (each === scope ? isOn : scopes.includes(each))))}
        />
      ))}
      <div class="stack">
        {scopes.map((scope) => {
          const warning = WARNINGS[scope]
          return warning !== undefined && <Message key={scope} kind="warning" text={t(warning)} />
        })}
      </div>
      <FieldNotes id={id} hint={hint} error={error} isSaved={isSaved} />
    </fieldset>
  )
}
