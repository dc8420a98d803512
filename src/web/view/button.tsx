import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Icon, type ChatIconName } from './icon.tsx'
import { useWords } from './words.ts'

const COPIED_MS = 2_000

interface ButtonProps {
  readonly kind?: 'primary' | 'plain' | 'quiet' | 'danger'
  readonly type?: 'button' | 'submit'
  readonly icon?: ChatIconName
  readonly isDisabled?: boolean
  /** For screen readers, if the visible text does not name the object of the action. */
  readonly label?: string
  readonly children: ComponentChildren
  readonly onPress?: () => void
}

export function Button(props: ButtonProps) {
  const { kind = 'plain', type = 'button', icon, isDisabled = false, label, children, onPress } = props
  return (
    <button class={`button ${kind}`} type={type} disabled={isDisabled} aria-label={label} onClick={onPress}>
      {icon !== undefined && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  )
}

interface IconButtonProps {
  readonly icon: ChatIconName
  readonly label: string
  readonly isDisabled?: boolean
  readonly onPress: () => void
}

/** A button without visible words. */
export function IconButton({ icon, label, isDisabled = false, onPress }: IconButtonProps) {
  return (
    <button
      class="icon-button"
      type="button"
      aria-label={label}
      title={label}
      disabled={isDisabled}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  )
}

interface CopyButtonProps {
  readonly text: string
  readonly label: string
}

/** Copies a text, and confirms it for a moment. */
export function CopyButton({ text, label }: CopyButtonProps) {
  const { t } = useWords()
  const [isCopied, setIsCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return undefined
    const timer = setTimeout(() => setIsCopied(false), COPIED_MS)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = (): void => {
    void copyText(text).then(setIsCopied)
  }
  return (
    <>
      <IconButton icon={isCopied ? 'done' : 'copy'} label={isCopied ? t('copied') : label} onPress={copy} />
      <span class="hidden" role="status">
        {isCopied ? t('copied') : ''}
      </span>
    </>
  )
}

/** @returns whether the text was copied */
async function copyText(text: string): Promise<boolean> {
  // Under plain HTTP, browsers offer only this deprecated way.
  if (!isSecureContext) return copySelected(text)
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => copySelected(text),
  )
}

function copySelected(text: string): boolean {
  const focused = document.activeElement
  const area = document.createElement('textarea')
  area.className = 'hidden'
  area.value = text
  // Behind an open dialog, nothing can be selected.
  const place = document.querySelector('dialog[open]') ?? document.body
  place.append(area)
  area.select()
  const isCopied = document.execCommand('copy')
  area.remove()
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
  return isCopied
}
