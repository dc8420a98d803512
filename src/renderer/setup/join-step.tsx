import type { RelayOfferView, SetupView } from '../../shared/ipc/view.ts'
import { Button } from '../parts/button.tsx'
import { Message } from '../parts/card.tsx'
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
  const { url, pairing, issuer, warning } = offer
  const isLinked = setup.kind === 'needed' && setup.suggestion !== null
  return (
    <>
      <StepTitle>{pairing ? 'Pair this computer' : 'Sign in'}</StepTitle>
      <p class="lead">
        Found the relay at <code>{url}</code>.{' '}
        {pairing ? 'Enter a pairing code to connect this computer.' : 'Sign in to connect this computer.'}
      </p>
      {warning !== null && <Message kind="warning" text={warning} />}
      {isLinked && (
        <Message
          kind="info"
          text="Filled in from a link. Continue only if you trust the person who sent it."
        />
      )}
      {pairing && <PairingForm url={url} code={code} onInput={onInput} />}
      {pairing && issuer !== null && <p class="or">or</p>}
      {issuer !== null && <SignIn offer={offer} issuer={issuer} setup={setup} />}
      {!pairing && issuer === null && (
        <Message kind="error" text="This relay accepts no new devices. Ask the person who runs it." />
      )}
      <div class="row">
        <Button kind="quiet" onPress={onBack}>
          Use another relay
        </Button>
      </div>
    </>
  )
}
