import { Button } from '../parts/button.tsx'
import { Sentence } from '../parts/sentence.tsx'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'
import { StepTitle } from './step-title.tsx'

/** Waits while the user signs in elsewhere. */
export function BrowserStep({ issuer }: { readonly issuer: string }) {
  const words = useWords()
  const { t } = words
  const shell = useShell()
  return (
    <>
      <StepTitle>{t('browser.title')}</StepTitle>
      <p class="lead">
        <Sentence of={words.pieces('browser.text', { issuer })} />
      </p>
      <div class="waiting" role="status">
        <span class="spinner" aria-hidden />
        {t('browser.waiting')}
      </div>
      <div class="row">
        <Button
          isBusy={shell.isBusy('cancel')}
          onPress={() => shell.run('cancel', () => shell.ask('signIn.cancel'))}
        >
          {t('button.cancel')}
        </Button>
      </div>
    </>
  )
}
