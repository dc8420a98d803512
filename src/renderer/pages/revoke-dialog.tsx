import { useState } from 'preact/hooks'
import type { KeyView } from '../../shared/ipc/view.ts'
import { Button } from '../parts/button.tsx'
import { Message } from '../parts/card.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { useShell } from '../shell.ts'

interface RevokeDialogProps {
  readonly item: KeyView
  readonly onClose: () => void
}

export function RevokeDialog({ item: { id, name }, onClose }: RevokeDialogProps) {
  const shell = useShell()
  const [error, setError] = useState<string | null>(null)
  const revoke = (): void =>
    shell.run('revoke', async () => {
      const answer = await shell.request('keys.revoke', { id })
      if (!answer.ok) return setError(answer.error.message)
      onClose()
      shell.announce('Key revoked')
    })
  return (
    <Dialog title={`Revoke “${name}”?`} onClose={onClose}>
      <p>Clients that use this key lose access immediately. This cannot be undone.</p>
      {error !== null && <Message kind="error" text={error} />}
      <div class="dialog-actions">
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="danger" isBusy={shell.isBusy('revoke')} onPress={revoke}>
          Revoke key
        </Button>
      </div>
    </Dialog>
  )
}
