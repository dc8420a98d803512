import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import type { BuiltInRelayStart, RelayReach } from '../../shared/ipc/relay-view.ts'
import { Button, SubmitButton } from '../parts/button.tsx'
import { Message } from '../parts/card.tsx'
import { CheckField } from '../parts/field.tsx'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'

const TASK = 'start built-in relay'
/** The one that a phone can use comes first. */
const REACHES = ['network', 'computer'] as const satisfies readonly RelayReach[]

type Failure = NonNullable<BuiltInRelayStart['failure']> | { readonly message: string }

interface BuiltInRelayProps {
  readonly reach: RelayReach
  readonly onChoose: (reach: RelayReach) => void
}

/** Starts the app's own relay; the snapshot that follows leads to the next step. */
export function BuiltInRelay({ reach, onChoose }: BuiltInRelayProps) {
  const { t } = useWords()
  const shell = useShell()
  const [failure, setFailure] = useState<Failure | null>(null)
  const start = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    shell.run(TASK, async () => {
      setFailure(null)
      const answer = await shell.request('builtInRelay.start', { reach })
      setFailure(answer.ok ? answer.result.failure : answer.error)
    })
  }
  return (
    <form class="form" onSubmit={start}>
      <p>{t('setup.here.text')}</p>
      <fieldset>
        <legend>{t('setup.here.who')}</legend>
        {REACHES.map((id) => (
          <CheckField
            key={id}
            id={`reach-${id}`}
            kind="radio"
            group="reach"
            label={t(`reach.${id}`)}
            hint={t(`setup.here.${id}`)}
            isOn={id === reach}
            onSet={() => onChoose(id)}
          />
        ))}
      </fieldset>
      {failure !== null && <FailureMessage failure={failure} />}
      <div class="row">
        <SubmitButton isBusy={shell.isBusy(TASK)}>{t('setup.here.start')}</SubmitButton>
      </div>
      {reach === 'network' && <p class="muted">{t('setup.here.networkNote')}</p>}
    </form>
  )
}

function FailureMessage({ failure }: { readonly failure: Failure }) {
  const { t } = useWords()
  const shell = useShell()
  const text = typeof failure === 'string' ? t(`setup.here.${failure}`) : failure.message
  return (
    <Message kind="error" text={text}>
      {failure === 'stopped' && (
        <Button onPress={() => shell.act({ id: 'openLogs', label: '' })}>{t('report.openLogs')}</Button>
      )}
    </Message>
  )
}
