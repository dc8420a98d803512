import { useState } from 'preact/hooks'
import type { FoundUpstreamView } from '../../../shared/ipc/view.ts'
import { toCount } from '../../format.ts'
import { Button } from '../../parts/button.tsx'
import { useShell } from '../../shell.ts'

interface FoundServersProps {
  readonly isDisabled: boolean
  readonly onUse: (baseUrl: string) => void
}

/** Looks for model servers on this computer, and offers those that answer. */
export function FoundServers({ isDisabled, onUse }: FoundServersProps) {
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
          Look for servers
        </Button>
      </div>
      {found !== null && (
        <p class="muted" role="status">
          {found.length === 0
            ? 'No model server answers on this computer.'
            : `Found ${toCount(found.length, 'server')}.`}
        </p>
      )}
      <ul class="list">
        {found?.map(({ baseUrl, name, models }) => (
          <li key={baseUrl} class="found">
            <div>
              <strong>{name}</strong>
              <p class="muted">
                {baseUrl}, {toCount(models.length, 'model')}
              </p>
            </div>
            <Button label={`Use ${name} at ${baseUrl}`} onPress={() => onUse(baseUrl)}>
              Use
            </Button>
          </li>
        ))}
      </ul>
    </div>
  )
}
