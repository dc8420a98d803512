import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import type { RelayOfferView, SetupView } from '../../shared/ipc/view.ts'
import { SubmitButton } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { useShell } from '../shell.ts'
import { StepTitle } from './step-title.tsx'

interface RelayStepProps {
  readonly url: string
  readonly setup: SetupView
  readonly onInput: (url: string) => void
  readonly onOffer: (offer: RelayOfferView) => void
}

/** Asks which relay to use. */
export function RelayStep({ url, setup, onInput, onOffer }: RelayStepProps) {
  const shell = useShell()
  const [failure, setFailure] = useState<string | null>(null)
  const earlier = setup.kind === 'failed' ? setup.message : null
  const look = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const entered = url.trim()
    if (entered === '') return setFailure('Enter the address of a relay.')
    shell.run('look', async () => {
      const answer = await shell.request('relay.look', { url: entered })
      if (answer.ok) onOffer(answer.result)
      else setFailure(answer.error.message)
    })
  }
  return (
    <>
      <Route />
      <StepTitle>Use your models from anywhere</StepTitle>
      <p class="lead">
        A relay on the internet forwards requests to the models on this computer. No port is opened here.
        Which relay do you want to use?
      </p>
      <form class="form" noValidate onSubmit={look}>
        <TextField
          id="relay-url"
          label="Relay address"
          hint="Ask the person who runs the relay, or set one up."
          type="url"
          value={url}
          placeholder="https://relay.example.com"
          isFocused
          error={failure ?? earlier}
          onInput={onInput}
        />
        <div class="row">
          <SubmitButton isBusy={shell.isBusy('look')}>Continue</SubmitButton>
        </div>
      </form>
    </>
  )
}

const STOPS = [
  ['phone', 'Your clients'],
  ['relay', 'Relay'],
  ['computer', 'This computer'],
] as const

function Route() {
  return (
    <ol class="route" aria-label="Path of a request">
      {STOPS.map(([icon, text]) => (
        <li key={icon}>
          <span class="route-stop">
            <Icon name={icon} />
          </span>
          {text}
        </li>
      ))}
    </ol>
  )
}
