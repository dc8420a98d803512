import { useState } from 'preact/hooks'
import type { RelayOfferView, SetupView } from '../../shared/ipc/view.ts'
import { Button } from '../parts/button.tsx'
import { Card, Message } from '../parts/card.tsx'
import { useShell } from '../shell.ts'

interface SignInProps {
  readonly offer: RelayOfferView
  readonly issuer: string
  readonly setup: SetupView
}

export function SignIn({ offer, issuer, setup }: SignInProps) {
  const { url, name, pairing, audience } = offer
  const shell = useShell()
  const [refusal, setRefusal] = useState<string | null>(null)
  const failure = setup.kind === 'failed' ? setup.message : refusal
  const signIn = (): void =>
    shell.run('sign in', async () => {
      const answer = await shell.request('signIn.start', { url, audience })
      setRefusal(answer.ok ? null : answer.error.message)
    })
  return (
    <Card title="Your account">
      <p class="muted">Opens {issuer} in your browser. This app never sees your password.</p>
      {audience !== null && (
        <Message
          kind="warning"
          text={`${name} requests access to “${audience}”, which is not its own address. Sign in only if you trust it with that access.`}
        />
      )}
      {failure !== null && <Message kind="error" text={failure} />}
      <div class="row">
        <Button
          kind={pairing ? 'plain' : 'primary'}
          icon="browser"
          isBusy={shell.isBusy('sign in')}
          onPress={signIn}
        >
          {`Sign in with ${issuer}`}
        </Button>
      </div>
    </Card>
  )
}
