import { useState } from 'preact/hooks'
import type { RelayOfferView, SetupView } from '../../shared/ipc/view.ts'
import { Button, CopyButton } from '../parts/button.tsx'
import { CopyLine, Message } from '../parts/card.tsx'
import { Icon } from '../parts/icon.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'
import { RelayForm } from './relay-form.tsx'
import { StepTitle } from './step-title.tsx'

interface RelayStepProps {
  readonly url: string
  readonly setup: SetupView
  /** Whether the relay still accepts the current sign-in. */
  readonly isSignedIn: boolean
  readonly onInput: (url: string) => void
  readonly onOffer: (offer: RelayOfferView) => void
  readonly onLeave: () => void
}

const CHOICES = ['have', 'create', 'here'] as const
type Choice = (typeof CHOICES)[number]

/** Asks which relay to use: an existing one, a new one, or one on this computer. */
export function RelayStep(props: RelayStepProps) {
  const { t } = useWords()
  const shell = useShell()
  const [choice, setChoice] = useState<Choice>('have')
  const { setup, isSignedIn } = props
  const leave = (): void =>
    shell.run('leave', async () => {
      const answer = await shell.ask('setup.cancel')
      if (answer.ok) props.onLeave()
    })
  const canCancel = setup.kind === 'needed' && setup.canCancel
  return (
    <>
      <Route />
      <StepTitle>{t(canCancel ? 'setup.again' : 'setup.title')}</StepTitle>
      <p class="lead">{t(canCancel && isSignedIn ? 'setup.again.text' : 'setup.text')}</p>
      <Tabs
        name="ways"
        label={t('setup.choice')}
        panelId="way"
        tabs={CHOICES.map((id) => ({ id, face: t(`setup.${id}`) }))}
        chosen={choice}
        onChoose={setChoice}
      />
      <div id="way" class="stack" role="tabpanel" aria-labelledby={`ways-tab-${choice}`}>
        {choice === 'have' && <RelayForm {...props} />}
        {choice === 'create' && <NewRelay />}
        {choice === 'here' && <LocalRelay onOffer={props.onOffer} />}
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
const LOCAL_COMMAND = 'cloudtolocalllm relay'
/** The address of a relay that was started without options. */
const LOCAL_URL = 'http://127.0.0.1:3001'

function NewRelay() {
  const { t } = useWords()
  return (
    <>
      <p>{t('setup.create.text')}</p>
      <CommandLine label={t('setup.create.command')} command={RELAY_COMMAND} />
      <div class="row">
        <InstructionsButton />
      </div>
    </>
  )
}

function InstructionsButton() {
  const { t } = useWords()
  const shell = useShell()
  return (
    <Button icon="browser" onPress={() => void shell.ask('link.open', 'relay')}>
      {t('setup.create.docs')}
    </Button>
  )
}

function LocalRelay({ onOffer }: Pick<RelayStepProps, 'onOffer'>) {
  const { t } = useWords()
  const shell = useShell()
  const [failure, setFailure] = useState<string | null>(null)
  const look = (): void =>
    shell.run('look', async () => {
      const answer = await shell.request('relay.look', { url: LOCAL_URL })
      if (answer.ok) onOffer(answer.result)
      else if (answer.error.code === 'RELAY_UNREACHABLE') setFailure(t('setup.here.none'))
      else setFailure(answer.error.message)
    })
  return (
    <>
      <p>{t('setup.here.text')}</p>
      <CommandLine label={t('setup.here.command')} command={LOCAL_COMMAND} />
      {failure !== null && <Message kind="error" text={failure} />}
      <div class="row">
        <Button kind="primary" isBusy={shell.isBusy('look')} onPress={look}>
          {t('setup.here.look')}
        </Button>
        <InstructionsButton />
      </div>
    </>
  )
}

function CommandLine({ label, command }: { readonly label: string; readonly command: string }) {
  const { t } = useWords()
  const shell = useShell()
  return (
    <CopyLine label={label} text={command}>
      <CopyButton
        what={command}
        label={t('setup.copyCommand')}
        onCopy={() => shell.ask('text.copy', { text: command })}
      />
    </CopyLine>
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
