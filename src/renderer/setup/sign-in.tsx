import { useState } from 'preact/hooks'
import type { SetupView } from '../../shared/ipc/view.ts'
import type { RelayOfferView } from '../../shared/ipc/relay-view.ts'
import { Button } from '../parts/button.tsx'
import { Card, Message } from '../parts/card.tsx'
import { Sentence } from '../parts/sentence.tsx'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'

interface SignInProps {
  readonly offer: RelayOfferView
  readonly issuer: string
  readonly setup: SetupView
}

export function SignIn({ offer, issuer, setup }: SignInProps) {
  const { url, name, pairing, audience } = offer
  const words = useWords()
  const { t } = words
  const shell = useShell()
  const [refusal, setRefusal] = useState<string | null>(null)
  const failure = setup.kind === 'failed' ? setup.message : refusal
  const signIn = (): void =>
    shell.run('sign in', async () => {
      const answer = await shell.request('signIn.start', { url, audience })
      setRefusal(answer.ok ? null : answer.error.message)
    })
  return (
    <Card title={t('join.account')}>
      <p class="muted">
        <Sentence of={words.pieces('join.account.text', { issuer })} />
      </p>
      {audience !== null && <Message kind="warning" text={t('join.account.audience', { name, audience })} />}
      {failure !== null && <Message kind="error" text={failure} />}
      <div class="row">
        <Button
          kind={pairing ? 'plain' : 'primary'}
          icon="browser"
          isBusy={shell.isBusy('sign in')}
          onPress={signIn}
        >
          {t('join.account.signIn', { issuer })}
        </Button>
      </div>
    </Card>
  )
}
