import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { Button, SubmitButton } from '../parts/button.tsx'
import { Message } from '../parts/card.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { ChoiceField, TextField } from '../parts/field.tsx'
import { ScopesField } from '../parts/scopes.tsx'
import { useShell } from '../shell.ts'
import { EXPIRIES, mistakeIn, NEW_KEY, toKeyRequest, type Expiry, type KeyDraft } from './key-draft.ts'
import { KeySecret } from './key-secret.tsx'
import { ModelsField } from './models-field.tsx'

const TASK = 'create key'

interface KeyFormProps {
  readonly models: readonly string[]
  readonly onClose: () => void
}

/** Creates a key, then shows its text for the only time. */
export function KeyForm({ models, onClose }: KeyFormProps) {
  const shell = useShell()
  const [draft, setDraft] = useState(NEW_KEY)
  const [error, setError] = useState<string | null>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const change = (part: Partial<KeyDraft>): void => setDraft((before) => ({ ...before, ...part }))
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const mistake = mistakeIn(draft)
    setError(mistake)
    if (mistake !== null) return
    shell.run(TASK, async () => {
      const answer = await shell.request('keys.create', toKeyRequest(draft))
      if (answer.ok) setSecret(answer.result.key)
      else setError(answer.error.message)
    })
  }
  if (secret !== null) return <KeySecret secret={secret} onClose={onClose} />
  return (
    <Dialog title="New key" onClose={onClose}>
      <form class="form" noValidate onSubmit={submit}>
        <TextField
          id="key-name"
          label="Name"
          hint="Helps you tell your keys apart."
          value={draft.name}
          placeholder="Phone"
          maxLength={100}
          onInput={(name) => change({ name })}
        />
        <ScopesField
          id="key-scope"
          label="Permissions"
          scopes={draft.scopes}
          onChange={(scopes) => change({ scopes })}
        />
        <ModelsField
          models={models}
          chosen={draft.models}
          onChange={(chosen) => change({ models: chosen })}
        />
        <ChoiceField<Expiry>
          id="key-expiry"
          label="Expires"
          value={draft.expiry}
          choices={EXPIRIES}
          onChoose={(expiry) => change({ expiry })}
        />
        <Limits draft={draft} onChange={change} />
        {error !== null && <Message kind="error" text={error} />}
        <div class="dialog-actions">
          <Button onPress={onClose}>Cancel</Button>
          <SubmitButton isBusy={shell.isBusy(TASK)}>Create key</SubmitButton>
        </div>
      </form>
    </Dialog>
  )
}

interface LimitsProps {
  readonly draft: KeyDraft
  readonly onChange: (part: Partial<KeyDraft>) => void
}

function Limits({ draft, onChange }: LimitsProps) {
  return (
    <details>
      <summary>Limits</summary>
      <div class="columns">
        <TextField
          id="key-rate"
          label="Requests per minute"
          type="number"
          value={draft.requestsPerMinute}
          placeholder="No limit"
          onInput={(requestsPerMinute) => onChange({ requestsPerMinute })}
        />
        <TextField
          id="key-concurrent"
          label="Concurrent requests"
          type="number"
          value={draft.maxConcurrent}
          placeholder="No limit"
          onInput={(maxConcurrent) => onChange({ maxConcurrent })}
        />
      </div>
    </details>
  )
}
