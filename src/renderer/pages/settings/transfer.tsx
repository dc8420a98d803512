import { useState } from 'preact/hooks'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { useShell } from '../../shell.ts'

/** Settings as a file. */
export function TransferCard() {
  const shell = useShell()
  const [outcome, setOutcome] = useState<string | null>(null)
  const transfer = (name: 'settings.export' | 'settings.import', verb: string): void =>
    shell.run(name, async () => {
      const answer = await shell.ask(name)
      if (answer.ok) setOutcome(answer.result.path === null ? null : `${verb} ${answer.result.path}`)
    })
  return (
    <Card title="Move to another computer">
      <p class="muted">Saves these settings to a file. Keys and sign-in are not included.</p>
      <div class="row">
        <Button
          label="Export settings"
          isBusy={shell.isBusy('settings.export')}
          onPress={() => transfer('settings.export', 'Saved as')}
        >
          Export…
        </Button>
        <Button
          label="Import settings"
          isBusy={shell.isBusy('settings.import')}
          onPress={() => transfer('settings.import', 'Imported from')}
        >
          Import…
        </Button>
      </div>
      {outcome !== null && (
        <p class="muted" role="status">
          {outcome}
        </p>
      )}
    </Card>
  )
}
