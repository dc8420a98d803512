import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { SubmitButton } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { useShell } from '../shell.ts'

interface PairingFormProps {
  readonly url: string
  readonly code: string
  readonly onInput: (code: string) => void
}

export function PairingForm({ url, code, onInput }: PairingFormProps) {
  const shell = useShell()
  const [failure, setFailure] = useState<string | null>(null)
  const pair = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const entered = code.trim()
    if (entered === '') return setFailure('Enter the code.')
    shell.run('pair', async () => {
      const answer = await shell.request('relay.pair', { url, code: entered })
      if (answer.ok) onInput('')
      setFailure(answer.ok ? null : answer.error.message)
    })
  }
  return (
    <form class="form card" noValidate onSubmit={pair}>
      <h2>Pairing code</h2>
      <TextField
        id="pairing-code"
        label="One-time code"
        hint="The relay prints a code when it starts. Ask the person who runs the relay for one. It works once."
        value={code}
        isFocused
        error={failure}
        onInput={onInput}
      />
      <div class="row">
        <SubmitButton isBusy={shell.isBusy('pair')}>Pair</SubmitButton>
      </div>
    </form>
  )
}
