import { useId, useState } from 'preact/hooks'
import { keyIn } from '../chat/access-key.ts'
import type { Access } from '../chat/chat-view.ts'
import { Brand } from './brand.tsx'
import { Button } from './button.tsx'
import { Command } from './command.tsx'
import { Icon } from './icon.tsx'
import { useChatShell } from './shell.ts'
import { useWords } from './words.ts'

const PULL_COMMAND = 'ollama pull llama3.2'
/** Prints a QR code and a link. */
const SHARE_COMMAND = 'cloudtolocalllm keys create --name phone --qr'

interface ConnectPageProps {
  readonly access: Extract<Access, { kind: 'noKey' | 'keyRefused' }>
}

/** Explains how to get a key, and accepts one. The banner above shows why a key was refused. */
export function ConnectPage({ access }: ConnectPageProps) {
  const { t } = useWords()
  return (
    <main class="messages empty">
      <div class="empty-page connect">
        <Brand />
        <h2>{t('connectTitle')}</h2>
        {access.kind === 'noKey' && <p class="muted">{t('connectNote')}</p>}
        <ol class="steps">
          <li>{t('connectStepOpen')}</li>
          <li>{t('connectStepAdd')}</li>
          <li>{t('connectStepScan')}</li>
        </ol>
        <p class="muted">{t('connectTerminal')}</p>
        <Command text={SHARE_COMMAND} />
        <h3 class="or">{t('orPasteKey')}</h3>
        <KeyForm />
      </div>
    </main>
  )
}

/** Takes a key, or the link that contains one. */
export function KeyForm({ onDone }: { readonly onDone?: () => void }) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const [text, setText] = useState('')
  const [isWrong, setIsWrong] = useState(false)
  const id = useId()
  const submit = (event: Event): void => {
    event.preventDefault()
    const key = keyIn(text)
    setIsWrong(key === null)
    if (key === null) return
    // oxlint-disable-next-line react/hooks -- an action of the engine, not a hook
    actions.useKey(key)
    onDone?.()
  }
  return (
    <form class="key-form" onSubmit={submit}>
      <label for={id}>{t('keyOrLink')}</label>
      <div class="key-row">
        <input
          id={id}
          class="input"
          value={text}
          maxLength={2_000}
          dir="ltr"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          enterkeyhint="go"
          aria-describedby={`${id}-note`}
          aria-invalid={isWrong || undefined}
          onInput={(event) => {
            setText(event.currentTarget.value)
            setIsWrong(false)
          }}
        />
        <Button kind="primary" type="submit" isDisabled={text.trim() === ''}>
          {t('connect')}
        </Button>
      </div>
      <p class={isWrong ? 'field-error' : 'hint'} id={`${id}-note`} role={isWrong ? 'alert' : undefined}>
        {!isWrong && <Icon name="key" />}
        {isWrong ? `${t('notAKey')} ${t('notAKeyNote')}` : t('keyStays')}
      </p>
    </form>
  )
}

export function NoModelsPage() {
  const { t } = useWords()
  const { actions } = useChatShell()
  return (
    <main class="messages empty">
      <div class="empty-page">
        <Brand />
        <h2>{t('noModelsTitle')}</h2>
        <p class="muted">{t('noModelsNote')}</p>
        <p>{t('noModelsCommand')}</p>
        <Command text={PULL_COMMAND} />
        <Button kind="primary" onPress={() => actions.retryNow()}>
          {t('retry')}
        </Button>
      </div>
    </main>
  )
}
