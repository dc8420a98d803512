import { useState } from 'preact/hooks'
import type { FoundUpstreamView } from '../../../shared/ipc/view.ts'
import { useWords } from '../../words/window-words.ts'
import { Button } from '../../parts/button.tsx'
import { useShell } from '../../shell.ts'

interface FoundServersProps {
  readonly isDisabled: boolean
  readonly onUse: (baseUrl: string) => void
}

/** Looks for model servers on this computer, and offers those that answer. */
export function FoundServers({ isDisabled, onUse }: FoundServersProps) {
  const { t } = useWords()
  const shell = useShell()
  const [found, setFound] = useState<readonly FoundUpstreamView[] | null>(null)
  const detect = (): void =>
    shell.run('detect', async () => {
      const answer = await shell.ask('upstream.detect')
      if (answer.ok) setFound(answer.result)
    })
  return (
    <div class="stack">
      <div class="row">
        <Button isBusy={shell.isBusy('detect')} isDisabled={isDisabled} onPress={detect}>
          {t('settings.server.look')}
        </Button>
      </div>
      {found !== null && (
        <p class="muted" role="status">
          {found.length === 0
            ? t('settings.server.noneFound')
            : t('settings.server.found', { count: found.length })}
        </p>
      )}
      <ul class="list">
        {found?.map(({ baseUrl, name, models }) => (
          <li key={baseUrl} class="found">
            <div>
              <strong>
                <bdi>{name}</bdi>
              </strong>
              <p class="muted">
                {t('settings.server.foundAt', {
                  url: baseUrl,
                  models: t('models', { count: models.length }),
                })}
              </p>
            </div>
            <Button
              label={t('settings.server.useLabel', { name, url: baseUrl })}
              onPress={() => onUse(baseUrl)}
            >
              {t('settings.server.use')}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  )
}
