import type { SetupView } from '../../shared/ipc/view.ts'
import type { RelayOfferView } from '../../shared/ipc/relay-view.ts'
import { Button } from '../parts/button.tsx'
import { Message } from '../parts/card.tsx'
import { Sentence } from '../parts/sentence.tsx'
import { useWords } from '../words/window-words.ts'
import { PairingForm } from './pairing-form.tsx'
import { SignIn } from './sign-in.tsx'
import { StepTitle } from './step-title.tsx'

interface JoinStepProps {
  readonly offer: RelayOfferView
  readonly setup: SetupView
  readonly code: string
  readonly onInput: (code: string) => void
  readonly onBack: () => void
}

/** Connects this computer to the relay, by code or by account. */
export function JoinStep({ offer, setup, code, onInput, onBack }: JoinStepProps) {
  const words = useWords()
  const { t } = words
  const { url, pairing, issuer, warning, isLocal } = offer
  const isLinked = setup.kind === 'needed' && setup.suggestion !== null
  return (
    <>
      <StepTitle>{t(pairing ? 'join.pair' : 'join.signIn')}</StepTitle>
      <p class="lead">
        <Sentence of={words.pieces(pairing ? 'join.found.pair' : 'join.found.signIn', { url })} tag="code" />
      </p>
      {isLocal && <Message kind="info" text={t('join.local')} />}
      {warning !== null && <Message kind="warning" text={warning} />}
      {isLinked && <Message kind="info" text={t('join.linked')} />}
      {pairing && <PairingForm url={url} code={code} onInput={onInput} />}
      {pairing && issuer !== null && <p class="or">{t('join.or')}</p>}
      {issuer !== null && <SignIn offer={offer} issuer={issuer} setup={setup} />}
      {!pairing && issuer === null && <Message kind="error" text={t('join.closed')} />}
      <div class="row">
        <Button kind="quiet" onPress={onBack}>
          {t('join.other')}
        </Button>
      </div>
    </>
  )
}
