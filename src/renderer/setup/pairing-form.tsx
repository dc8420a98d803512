import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { SubmitButton } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'

interface PairingFormProps {
  readonly url: string
  readonly code: string
  readonly onInput: (code: string) => void
}

export function PairingForm({ url, code, onInput }: PairingFormProps) {
  const { t } = useWords()
  const shell = useShell()
  const [failure, setFailure] = useState<string | null>(null)
  const pair = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const entered = code.trim()
    if (entered === '') return setFailure(t('join.code.missing'))
    shell.run('pair', async () => {
      const answer = await shell.request('relay.pair', { url, code: entered })
      if (answer.ok) onInput('')
      setFailure(answer.ok ? null : answer.error.message)
    })
  }
  return (
    <form class="form card" noValidate onSubmit={pair}>
      <h2>{t('join.code')}</h2>
      <TextField
        id="pairing-code"
        label={t('join.code.label')}
        hint={t('join.code.hint')}
        value={code}
        maxLength={64}
        isFocused
        error={failure}
        onInput={onInput}
      />
      <div class="row">
        <SubmitButton isBusy={shell.isBusy('pair')}>{t('join.code.pair')}</SubmitButton>
      </div>
    </form>
  )
}
