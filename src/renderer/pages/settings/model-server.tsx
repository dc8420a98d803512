import { useState } from 'preact/hooks'
import { Card } from '../../parts/card.tsx'
import { CheckField, CommitField, TextField } from '../../parts/field.tsx'
import { useShell } from '../../shell.ts'
import type { SettingsForm } from './form.ts'
import { FoundServers } from './found-servers.tsx'

interface ModelServerCardProps {
  readonly form: SettingsForm
}

export function ModelServerCard({ form }: ModelServerCardProps) {
  const { upstream } = form.values
  const [wantsOwn, setWantsOwn] = useState(false)
  const isOwn = upstream !== null || wantsOwn
  const { hint, ...field } = form.field('upstream', 'Ollama, LM Studio, llama.cpp or vLLM on this computer.')
  const detect = (): void => {
    setWantsOwn(false)
    form.patch('upstream', null)
  }
  return (
    <Card title="Model server">
      <fieldset>
        <legend class="hidden">Which model server</legend>
        <CheckField
          id="upstream-auto"
          kind="radio"
          group="upstream"
          label="Detect automatically"
          hint={hint}
          isDisabled={field.isDisabled}
          isOn={!isOwn}
          onSet={detect}
        />
        <CheckField
          id="upstream-own"
          kind="radio"
          group="upstream"
          label="Use a custom address"
          isDisabled={field.isDisabled}
          isOn={isOwn}
          onSet={() => setWantsOwn(true)}
        />
      </fieldset>
      {isOwn && (
        <CommitField
          {...field}
          label="Model server address"
          type="url"
          value={upstream ?? ''}
          placeholder="http://127.0.0.1:11434"
          onCommit={(url) => form.patch('upstream', url.trim() || null)}
        />
      )}
      <FoundServers isDisabled={field.isDisabled} onUse={(url) => form.patch('upstream', url)} />
      <ServerKey isDisabled={field.isDisabled} />
    </Card>
  )
}

/** The key of the model server. The app takes it and never shows it again. */
function ServerKey({ isDisabled }: { readonly isDisabled: boolean }) {
  const shell = useShell()
  const [typed, setTyped] = useState('')
  const [error, setError] = useState<string | null>(null)
  const save = (): void => {
    const key = typed.trim()
    if (key === '') return
    shell.run('upstreamKey', async () => {
      const answer = await shell.request('upstream.setKey', { key })
      setError(answer.ok ? null : answer.error.message)
      shell.announce(answer.ok ? 'Saved' : '')
    })
  }
  return (
    <TextField
      id="upstream-key"
      label="Model server API key"
      hint="Only needed if the server asks for one. It is stored in the keychain and sent to this server only."
      type="password"
      value={typed}
      isDisabled={isDisabled}
      error={error}
      onInput={setTyped}
      onCommit={save}
    />
  )
}
