import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import type { KeyView, NewKeyView } from '../../shared/ipc/view.ts'
import type { RelayReach } from '../../shared/ipc/relay-view.ts'
import { Button, SubmitButton } from '../parts/button.tsx'
import { Message } from '../parts/card.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { useDialogTask } from '../dialog-task.ts'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'
import {
  draftFor,
  draftOf,
  mistakeIn,
  toKeyChange,
  toKeyRequest,
  type KeyDraft,
  type KeyMistake,
  type KeyPurpose,
} from './key-draft.ts'
import { KeyFields } from './key-fields.tsx'
import { KeySecret } from './key-secret.tsx'

const WORDS = {
  client: { title: 'key.new', text: null, name: null, button: 'key.create' },
  phone: { title: 'key.phone', text: 'key.phone.text', name: 'key.namePhone', button: 'key.createPhone' },
  share: { title: 'key.share', text: 'key.share.text', name: 'key.nameGuest', button: 'key.createShare' },
} as const satisfies Readonly<Record<KeyPurpose, object>>

interface KeyFormProps {
  readonly purpose: KeyPurpose
  readonly models: readonly string[]
  /** Reach of the built-in relay, which limits where the key's link works; `null` for any other. */
  readonly reach: RelayReach | null
  readonly onClose: () => void
}

/** Creates a key, then shows its text for the only time. */
export function KeyForm({ purpose, models, reach, onClose }: KeyFormProps) {
  const { t } = useWords()
  const shell = useShell()
  const { title, text, name, button } = WORDS[purpose]
  const [made, setMade] = useState<NewKeyView | null>(null)
  const create = async (draft: KeyDraft): Promise<string | null> => {
    const answer = await shell.request('keys.create', toKeyRequest(draft))
    if (!answer.ok) return answer.error.message
    setMade(answer.result)
    return null
  }
  if (made !== null) return <KeySecret made={made} purpose={purpose} reach={reach} onClose={onClose} />
  return (
    <KeyDialog
      title={t(title)}
      text={text === null ? null : t(text)}
      button={t(button)}
      start={draftFor(purpose, name === null ? '' : t(name))}
      models={models}
      isShort={purpose !== 'client'}
      areLimitsOpen={purpose === 'share'}
      onSubmit={create}
      onClose={onClose}
    />
  )
}

interface KeyEditorProps extends Pick<KeyFormProps, 'models' | 'onClose'> {
  readonly item: KeyView
}

/** Changes a key; its clients can keep using it. */
export function KeyEditor({ item, models, onClose }: KeyEditorProps) {
  const { t } = useWords()
  const shell = useShell()
  const change = async (draft: KeyDraft): Promise<string | null> => {
    const answer = await shell.request('keys.update', toKeyChange(item.id, draft))
    if (!answer.ok) return answer.error.message
    shell.announce(t('saved'))
    onClose()
    return null
  }
  return (
    <KeyDialog
      title={t('key.edit')}
      text={null}
      button={t('button.save')}
      start={draftOf(item)}
      models={models}
      expiresAt={item.expiresAt}
      areLimitsOpen
      onSubmit={change}
      onClose={onClose}
    />
  )
}

interface KeyDialogProps extends Pick<KeyFormProps, 'models' | 'onClose'> {
  readonly title: string
  readonly text: string | null
  readonly button: string
  readonly start: KeyDraft
  readonly expiresAt?: number | null
  readonly isShort?: boolean
  readonly areLimitsOpen?: boolean
  /** @returns the reason for a failure */
  readonly onSubmit: (draft: KeyDraft) => Promise<string | null>
}

function KeyDialog({ title, text, button, start, onSubmit, onClose, ...fields }: KeyDialogProps) {
  const { t } = useWords()
  const { isBusy, run, error } = useDialogTask()
  const [draft, setDraft] = useState(start)
  const [mistake, setMistake] = useState<KeyMistake | null>(null)
  const change = (part: Partial<KeyDraft>): void => setDraft((before) => ({ ...before, ...part }))
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const found = mistakeIn(draft)
    setMistake(found)
    if (found === null) run(() => onSubmit(draft))
  }
  return (
    <Dialog title={title} mustAnswer={isBusy} onClose={onClose}>
      <form class="form" noValidate onSubmit={submit}>
        {text !== null && <p class="muted">{text}</p>}
        <KeyFields {...fields} draft={draft} mistake={mistake} onChange={change} />
        {error !== null && mistake === null && <Message kind="error" text={error} />}
        <div class="dialog-actions">
          <Button isDisabled={isBusy} onPress={onClose}>
            {t('button.cancel')}
          </Button>
          <SubmitButton isBusy={isBusy}>{button}</SubmitButton>
        </div>
      </form>
    </Dialog>
  )
}
