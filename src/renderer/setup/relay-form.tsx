import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import type { SetupView } from '../../shared/ipc/view.ts'
import type { RelayOfferView } from '../../shared/ipc/relay-view.ts'
import { SubmitButton } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { useShell } from '../shell.ts'
import { useShown } from '../shown.ts'
import { useWords } from '../words/window-words.ts'

/** A key or code entered in the wrong field: no relay has such a name. */
const KEY_OR_CODE = /^(?:ctl_\S+|[A-Z0-9]{4}[- ][A-Z0-9]{4})$/i

interface RelayFormProps {
  readonly url: string
  readonly setup: SetupView
  /** Not if the user has come along the tabs, where the arrow keys must keep working. */
  readonly isFocused: boolean
  readonly onInput: (url: string) => void
  readonly onOffer: (offer: RelayOfferView) => void
}

/** The address of an existing relay. */
export function RelayForm({ url, setup, isFocused, onInput, onOffer }: RelayFormProps) {
  const { t } = useWords()
  const shell = useShell()
  const [failure, setFailure] = useState<string | null>(null)
  const shown = useShown()
  const earlier = setup.kind === 'failed' ? setup.message : null
  const look = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const entered = url.trim()
    if (entered === '') return setFailure(t('setup.addressMissing'))
    if (KEY_OR_CODE.test(entered)) return setFailure(t('setup.addressIsKey'))
    shell.run('look', async () => {
      const answer = await shell.request('relay.look', { url: entered })
      // The user may have chosen another way meanwhile.
      if (!shown.current) return
      if (answer.ok) onOffer(answer.result)
      else setFailure(answer.error.message)
    })
  }
  return (
    <form class="form" noValidate onSubmit={look}>
      <TextField
        id="relay-url"
        label={t('setup.address')}
        hint={t('setup.addressHint')}
        type="url"
        value={url}
        placeholder="https://relay.example.com"
        maxLength={2_000}
        isFocused={isFocused}
        error={failure ?? earlier}
        onInput={onInput}
      />
      <div class="row">
        <SubmitButton isBusy={shell.isBusy('look')}>{t('button.continue')}</SubmitButton>
      </div>
    </form>
  )
}
