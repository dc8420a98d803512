import { useState } from 'preact/hooks'
import { Card } from '../../parts/card.tsx'
import { Button } from '../../parts/button.tsx'
import { CheckField, CommitField, TextField } from '../../parts/field.tsx'
import { useShell } from '../../shell.ts'
import { useWords } from '../../words/window-words.ts'
import type { SettingsForm } from './form.ts'
import { FoundServers } from './found-servers.tsx'

interface ModelServerCardProps {
  readonly form: SettingsForm
  /** An API key is stored. */
  readonly hasKey: boolean
}

export function ModelServerCard({ form, hasKey }: ModelServerCardProps) {
  const { t } = useWords()
  const { upstream } = form.values
  const [wantsOwn, setWantsOwn] = useState(false)
  const isOwn = upstream !== null || wantsOwn
  const { hint, ...field } = form.field('upstream', t('settings.server.autoHint'))
  const detect = (): void => {
    setWantsOwn(false)
    form.patch('upstream', null)
  }
  return (
    <Card title={t('settings.server')}>
      <fieldset>
        <legend class="hidden">{t('settings.server.which')}</legend>
        <CheckField
          id="upstream-auto"
          kind="radio"
          group="upstream"
          label={t('settings.server.auto')}
          hint={hint}
          isDisabled={field.isDisabled}
          isOn={!isOwn}
          onSet={detect}
        />
        <CheckField
          id="upstream-own"
          kind="radio"
          group="upstream"
          label={t('settings.server.custom')}
          isDisabled={field.isDisabled}
          isOn={isOwn}
          onSet={() => setWantsOwn(true)}
        />
      </fieldset>
      {isOwn && (
        <CommitField
          {...field}
          label={t('settings.server.address')}
          type="url"
          value={upstream ?? ''}
          placeholder="http://127.0.0.1:11434"
          onCommit={(url) => form.patch('upstream', url.trim() || null)}
        />
      )}
      <FoundServers isDisabled={field.isDisabled} onUse={(url) => form.patch('upstream', url)} />
      <ServerKey isDisabled={field.isDisabled} hasKey={hasKey} />
    </Card>
  )
}

interface ServerKeyProps {
  readonly isDisabled: boolean
  readonly hasKey: boolean
}

/** The key of the model server. The app takes it and never shows it again. */
function ServerKey({ isDisabled, hasKey }: ServerKeyProps) {
  const { t } = useWords()
  const shell = useShell()
  const [typed, setTyped] = useState('')
  const [error, setError] = useState<string | null>(null)
  const [isSaved, setSaved] = useState(false)
  const set = (key: string | null): void =>
    shell.run('upstreamKey', async () => {
      const answer = await shell.request('upstream.setKey', { key })
      setError(answer.ok ? null : answer.error.message)
      setSaved(answer.ok && key !== null)
      if (!answer.ok) return
      setTyped('')
      shell.announce(t('saved'))
    })
  return (
    <div class="stack">
      <TextField
        id="upstream-key"
        label={t('settings.server.key')}
        hint={t('settings.server.keyHint')}
        type="password"
        value={typed}
        isDisabled={isDisabled}
        error={error}
        isSaved={isSaved && hasKey}
        onInput={setTyped}
        onCommit={(text) => text.trim() !== '' && set(text.trim())}
      />
      {hasKey && (
        <div class="row">
          <p class="muted">{t('settings.server.keyStored')}</p>
          <Button isBusy={shell.isBusy('upstreamKey')} isDisabled={isDisabled} onPress={() => set(null)}>
            {t('settings.server.removeKey')}
          </Button>
        </div>
      )}
    </div>
  )
}
