import type { Answer, PayloadOf } from '../../shared/ipc/contract.ts'
import type { ActionView } from '../../shared/ipc/view.ts'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'
import { Icon, type IconName } from './icon.tsx'

interface ButtonProps {
  readonly kind?: 'primary' | 'plain' | 'quiet' | 'danger' | 'quiet danger'
  readonly icon?: IconName
  readonly isBusy?: boolean
  readonly isDisabled?: boolean
  /** Needed if the button's text does not distinguish it from others. */
  readonly label?: string
  readonly children?: string
  readonly onPress: () => void
}

export function Button(props: ButtonProps) {
  const { kind = 'plain', isBusy = false, isDisabled = false, icon, label, children, onPress } = props
  // Not `disabled` while busy: that would take the focus away.
  return (
    <button
      class={`button ${kind}`}
      type="button"
      disabled={isDisabled}
      aria-label={label}
      title={children === undefined ? label : undefined}
      aria-disabled={isBusy || undefined}
      onClick={() => isBusy || onPress()}
    >
      <Face isBusy={isBusy} icon={icon} />
      {children}
    </button>
  )
}

/** Sends the form that it is in. */
export function SubmitButton({ isBusy, children }: { readonly isBusy: boolean; readonly children: string }) {
  return (
    <button class="button primary" type="submit" aria-disabled={isBusy || undefined}>
      <Face isBusy={isBusy} />
      {children}
    </button>
  )
}

interface ActionButtonProps extends Pick<ButtonProps, 'kind'> {
  readonly action: ActionView
}

export function ActionButton({ action, kind }: ActionButtonProps) {
  const shell = useShell()
  return (
    <Button kind={kind} isBusy={shell.isBusy(action.id)} onPress={() => shell.act(action)}>
      {action.label}
    </Button>
  )
}

/** Opens the setup, where this device is connected to a relay. */
export function ConnectButton() {
  const { t } = useWords()
  return <ActionButton action={{ id: 'signInAgain', label: t('connect.none.button') }} kind="primary" />
}

interface CopyButtonProps {
  /** Names the task. */
  readonly what: string
  /** Describes what is copied, if the button's own "Copy" is not enough. */
  readonly label: string
  readonly children?: string
  readonly onCopy: () => Promise<Answer<unknown>>
}

export function CopyButton({ what, label, children, onCopy }: CopyButtonProps) {
  const shell = useShell()
  const { t } = useWords()
  const isCopied = shell.hasCopied(what)
  return (
    <Button
      icon={isCopied ? 'done' : 'copy'}
      isBusy={shell.isBusy(`copy ${what}`)}
      label={isCopied ? t('label.copied', { label }) : label}
      onPress={() => shell.copy(what, onCopy)}
    >
      {isCopied ? t('button.copied') : (children ?? t('button.copy'))}
    </Button>
  )
}

interface EndpointCopyButtonProps extends Pick<CopyButtonProps, 'label'> {
  readonly what: PayloadOf<'endpoint.copy'>
}

/** Copies a part of the endpoint, with the default key where it belongs. */
export function EndpointCopyButton({ what, label }: EndpointCopyButtonProps) {
  const shell = useShell()
  return <CopyButton what={what} label={label} onCopy={() => shell.ask('endpoint.copy', what)} />
}

function Face({ isBusy, icon }: Pick<ButtonProps, 'isBusy' | 'icon'>) {
  if (isBusy) return <span class="spinner" aria-hidden />
  return icon === undefined ? null : <Icon name={icon} />
}
