import { useEffect, useRef, useState } from 'preact/hooks'
import type { AppView } from '../../shared/ipc/view.ts'
import { KeyForm } from '../pages/key-form.tsx'
import { StartSwitches } from '../pages/settings/app.tsx'
import { useSettingsForm } from '../pages/settings/form.ts'
import { Button, EndpointCopyButton } from '../parts/button.tsx'
import { Card, CopyLine } from '../parts/card.tsx'
import { Hero } from '../parts/hero.tsx'
import { ModelServer } from '../parts/model-server.tsx'
import { TestChatButton, TestChatResult, useTestChat } from '../parts/test-chat.tsx'
import { useWords } from '../words/window-words.ts'
import { StepTitle } from './step-title.tsx'

interface WorksStepProps {
  readonly view: AppView
  readonly onLeave: () => void
}

/** Sends a first chat as soon as it can be answered, and shows the result. */
export function WorksStep({ view, onLeave }: WorksStepProps) {
  const { t } = useWords()
  const { connection, upstream, pull, endpoint, settings } = view
  const form = useSettingsForm(settings)
  const chat = useTestChat()
  const hasTried = useRef(false)
  const isOnline = connection.kind === 'online'
  const hasModel = upstream.kind === 'up' && upstream.models.length > 0
  const isReady = isOnline && hasModel
  useEffect(() => {
    if (!isReady || hasTried.current) return
    hasTried.current = true
    chat.send()
  })

  if (!isOnline || endpoint === null)
    return (
      <>
        <Hero connection={connection} running={0} />
        <div class="row">
          <Button kind="quiet" onPress={onLeave}>
            {t('works.skip')}
          </Button>
        </div>
      </>
    )
  const { title, text } = wordsOf(chat.outcome?.kind === 'answered', hasModel)
  return (
    <>
      <StepTitle>{t(title)}</StepTitle>
      <p class="lead">{t(text)}</p>
      {!hasModel && <ModelServer upstream={upstream} pull={pull} />}
      <div class="stack">
        <TestChatResult chat={chat} />
        <div class="row">
          <TestChatButton chat={chat} isPossible={hasModel} />
        </div>
      </div>
      <Clients url={endpoint.url} />
      <Card title={t('works.start')}>
        <StartSwitches form={form} hasTray={settings.hasTray} />
      </Card>
      <div class="row">
        <Button kind="primary" onPress={onLeave}>
          {t('button.done')}
        </Button>
        {!endpoint.isLocal && <AddPhone view={view} />}
      </div>
    </>
  )
}

/** Does not claim to be online while no model server can answer. */
function wordsOf(hasAnswer: boolean, hasModel: boolean) {
  if (hasAnswer) return { title: 'works.title', text: 'works.text' } as const
  return hasModel
    ? ({ title: 'works.online', text: 'works.online.text' } as const)
    : ({ title: 'works.noServer', text: 'works.noServer.text' } as const)
}

function AddPhone({ view: { upstream, relay } }: Pick<WorksStepProps, 'view'>) {
  const { t } = useWords()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button icon="phone" onPress={() => setOpen(true)}>
        {t('phone.add')}
      </Button>
      {isOpen && (
        <KeyForm
          purpose="phone"
          models={upstream.models}
          reach={relay?.builtIn ?? null}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  )
}

function Clients({ url }: { readonly url: string }) {
  const { t } = useWords()
  return (
    <Card title={t('works.clients')}>
      <CopyLine label={t('connect.address')} text={url}>
        <EndpointCopyButton what="url" label={t('connect.copyAddress')} />
      </CopyLine>
      <CopyLine label={t('connect.key')} text="••••••••••••••••">
        <EndpointCopyButton what="key" label={t('connect.copyKey')} />
      </CopyLine>
    </Card>
  )
}
