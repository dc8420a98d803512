import { Button } from '../parts/button.tsx'
import { useShell } from '../shell.ts'
import { StepTitle } from './step-title.tsx'

/** Waits while the user signs in elsewhere. */
export function BrowserStep({ issuer }: { readonly issuer: string }) {
  const shell = useShell()
  return (
    <>
      <StepTitle>Continue in your browser</StepTitle>
      <p class="lead">
        Sign in on the page of {issuer} that has opened there, and we’ll continue automatically.
      </p>
      <div class="waiting" role="status">
        <span class="spinner" aria-hidden />
        Waiting for you to sign in
      </div>
      <div class="row">
        <Button
          isBusy={shell.isBusy('cancel')}
          onPress={() => shell.run('cancel', () => shell.ask('signIn.cancel'))}
        >
          Cancel
        </Button>
      </div>
    </>
  )
}
