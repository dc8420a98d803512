import { useState } from 'preact/hooks'
import { Button } from '../../parts/button.tsx'
import { Card, Message } from '../../parts/card.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useShell } from '../../shell.ts'

export function AccountCard({ account }: { readonly account: string }) {
  const [isLeaving, setLeaving] = useState(false)
  return (
    <Card title="Account">
      <div class="row spread">
        <p>{account}</p>
        <Button kind="danger" onPress={() => setLeaving(true)}>
          Sign out…
        </Button>
      </div>
      {isLeaving && <SignOutDialog onClose={() => setLeaving(false)} />}
    </Card>
  )
}

function SignOutDialog({ onClose }: { readonly onClose: () => void }) {
  const shell = useShell()
  const signOut = (): void =>
    shell.run('sign out', async () => {
      await shell.ask('signOut')
      onClose()
    })
  return (
    <Dialog title="Sign out?" onClose={onClose}>
      <Message
        kind="info"
        text="Clients cannot reach your models until you connect this device to a relay again. Your keys and settings are kept."
      />
      <div class="dialog-actions">
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="danger" isBusy={shell.isBusy('sign out')} onPress={signOut}>
          Sign out
        </Button>
      </div>
    </Dialog>
  )
}
