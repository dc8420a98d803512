import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import type { PullView, UpstreamView } from '../../shared/ipc/view.ts'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'
import { ActionButton, Button, SubmitButton } from './button.tsx'
import { Card, Facts, Message } from './card.tsx'
import { TextField } from './field.tsx'

const STATES = { looking: 'connecting', up: 'online', refusing: 'attention', down: 'attention' } as const

interface ModelServerProps {
  readonly upstream: UpstreamView
  readonly pull: PullView | null
}

/** The model server, with ways to get it running and to download models. */
export function ModelServer({ upstream, pull }: ModelServerProps) {
  const { t } = useWords()
  const { kind, title, detail, baseUrl, models, actions, canPull } = upstream
  return (
    <Card title={t('upstream.title')}>
      <p class="state-line">
        <span class={`pill ${STATES[kind]}`}>{t(`upstream.${kind}`)}</span>
        <strong>
          <bdi>{title}</bdi>
        </strong>
      </p>
      {detail !== '' && <p class="muted">{detail}</p>}
      <Facts rows={[[t('upstream.address'), baseUrl && <code key="url">{baseUrl}</code>]]} />
      {actions.length > 0 && (
        <div class="row">
          {actions.map((action, i) => (
            <ActionButton key={action.id} action={action} kind={i === 0 ? 'primary' : 'plain'} />
          ))}
        </div>
      )}
      {models.length > 0 && <ModelList models={models} />}
      {pull !== null ? <PullProgress pull={pull} /> : canPull && <PullForm isFirst={models.length === 0} />}
    </Card>
  )
}

function ModelList({ models }: { readonly models: readonly string[] }) {
  const { t } = useWords()
  return (
    <div>
      <h3 id="models">{t('models', { count: models.length })}</h3>
      <ul class="chips" aria-labelledby="models">
        {models.map((model) => (
          <li key={model} class="chip">
            <bdi>{model}</bdi>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** The first download is offered openly, further ones are collapsed. */
function PullForm({ isFirst }: { readonly isFirst: boolean }) {
  const { t } = useWords()
  const shell = useShell()
  const [model, setModel] = useState(isFirst ? 'llama3.2' : '')
  const [failure, setFailure] = useState<string | null>(null)
  const start = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    if (model.trim() === '') return
    shell.run('pull', async () => {
      const answer = await shell.request('model.pull', { model })
      setFailure(answer.ok ? null : answer.error.message)
    })
  }
  return (
    <details open={isFirst}>
      <summary>{t(isFirst ? 'pull.title' : 'pull.more')}</summary>
      <form class="form pull" noValidate onSubmit={start}>
        <TextField
          id="pull-model"
          label={t('pull.label')}
          hint={isFirst ? t('pull.hint') : null}
          value={model}
          maxLength={300}
          placeholder="llama3.2"
          error={failure}
          onInput={setModel}
        />
        <div class="row">
          <SubmitButton isBusy={shell.isBusy('pull')}>{t('pull.button')}</SubmitButton>
        </div>
      </form>
    </details>
  )
}

function PullProgress({ pull: { kind, model, text, percent } }: { readonly pull: PullView }) {
  const { t } = useWords()
  const shell = useShell()
  const end = (): void => shell.act({ id: 'cancelPull', label: '' })
  const button = (
    <Button isBusy={shell.isBusy('cancelPull')} onPress={end}>
      {t(kind === 'running' ? 'button.cancel' : 'button.dismiss')}
    </Button>
  )
  if (kind === 'failed')
    return (
      <Message kind="error" title={t('pull.failed')} text={text}>
        {button}
      </Message>
    )
  if (kind === 'done')
    return (
      <Message kind="info" text={text}>
        {button}
      </Message>
    )
  return (
    <div class="stack">
      <p>{text}</p>
      <progress aria-label={t('pull.progress', { model })} max={100} value={percent ?? undefined} />
      <div class="row">{button}</div>
    </div>
  )
}
