import { Button, CopyButton } from '../parts/button.tsx'
import { Message } from '../parts/card.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { useShell } from '../shell.ts'

interface KeySecretProps {
  readonly secret: string
  readonly onClose: () => void
}

/** The text of a new key. */
export function KeySecret({ secret, onClose }: KeySecretProps) {
  const shell = useShell()
  return (
    <Dialog title="Your new key" mustAnswer onClose={onClose}>
      <Message kind="warning" text="Save this key now. You cannot see it again." />
      <code class="secret" aria-label="Key">
        {secret}
      </code>
      <div class="dialog-actions">
        <CopyButton what="new key" label="Copy key" onCopy={() => shell.ask('text.copy', { text: secret })}>
          Copy key
        </CopyButton>
        <Button kind="primary" onPress={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  )
}
