import { useState } from 'preact/hooks'
import type { SetupView } from '../../shared/ipc/view.ts'
import type { RelayOfferView, RelayReach } from '../../shared/ipc/relay-view.ts'
import { Button, CopyButton } from '../parts/button.tsx'
import { CopyLine } from '../parts/card.tsx'
import { Icon } from '../parts/icon.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'
import { BuiltInRelay } from './built-in-relay.tsx'
import { RelayForm } from './relay-form.tsx'
import { StepTitle } from './step-title.tsx'

interface RelayStepProps {
  readonly url: string
  readonly setup: SetupView
  /** Reach of the current relay if it is the built-in one. */
  readonly builtIn: RelayReach | null
  /** Whether the relay still accepts the current sign-in. */
  readonly isSignedIn: boolean
  readonly onInput: (url: string) => void
  readonly onOffer: (offer: RelayOfferView) => void
  readonly onLeave: () => void
}

const CHOICES = ['here', 'have', 'create'] as const
type Choice = (typeof CHOICES)[number]

/** Asks which relay to use: the built-in one, an existing one or a new one. */
export function RelayStep(props: RelayStepProps) {
  const { t } = useWords()
  const shell = useShell()
  const { url, setup, builtIn, isSignedIn } = props
  const [first] = useState<Choice>(url !== '' || setup.kind === 'failed' ? 'have' : 'here')
  const [chosen, setChosen] = useState<Choice | null>(null)
  const [reach, setReach] = useState<RelayReach>(builtIn ?? 'network')
  const choice = chosen ?? first
  const leave = (): void =>
    shell.run('leave', async () => {
      const answer = await shell.ask('setup.cancel')
      if (answer.ok) props.onLeave()
    })
  const canCancel = setup.kind === 'needed' && setup.canCancel
  const isChange = canCancel && isSignedIn
  return (
    <>
      <Route />
      <StepTitle>{t(isChange ? 'setup.change' : canCancel ? 'setup.again' : 'setup.title')}</StepTitle>
      <p class="lead">{t(isChange ? 'setup.change.text' : 'setup.text')}</p>
      <Tabs
        name="ways"
        label={t('setup.choice')}
        panelId="way"
        tabs={CHOICES.map((id) => ({ id, face: t(`setup.${id}`) }))}
        chosen={choice}
        onChoose={setChosen}
      />
      <div id="way" class="stack" role="tabpanel" aria-labelledby={`ways-tab-${choice}`}>
        {choice === 'here' && <BuiltInRelay reach={reach} onChoose={setReach} />}
        {choice === 'have' && <RelayForm {...props} isFocused={chosen === null} />}
        {choice === 'create' && <NewRelay />}
      </div>
      {canCancel && (
        <div class="row">
          <Button kind="quiet" isBusy={shell.isBusy('leave')} onPress={leave}>
            {t('button.cancel')}
          </Button>
        </div>
      )}
    </>
  )
}

const RELAY_COMMAND = 'cloudtolocalllm relay --domain relay.example.com'

function NewRelay() {
  const { t } = useWords()
  const shell = useShell()
  return (
    <>
      <p>{t('setup.create.text')}</p>
      <CopyLine label={t('setup.create.command')} text={RELAY_COMMAND}>
        <CopyButton
          what={RELAY_COMMAND}
          label={t('setup.copyCommand')}
          onCopy={() => shell.ask('text.copy', { text: RELAY_COMMAND })}
        />
      </CopyLine>
      <div class="row">
        <Button icon="browser" onPress={() => void shell.ask('link.open', 'relay')}>
          {t('setup.create.docs')}
        </Button>
      </div>
    </>
  )
}

const STOPS = [
  ['phone', 'setup.route.clients'],
  ['relay', 'setup.step.relay'],
  ['computer', 'setup.step.device'],
] as const

function Route() {
  const { t } = useWords()
  return (
    <ol class="route" aria-label={t('setup.route')}>
      {STOPS.map(([icon, text]) => (
        <li key={icon}>
          <span class="route-stop">
            <Icon name={icon} />
          </span>
          {t(text)}
        </li>
      ))}
    </ol>
  )
}
