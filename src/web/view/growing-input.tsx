import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import { HAS_KEYBOARD } from './shell.ts'

const INPUT_METHOD_KEY = 229

interface GrowingInputProps {
  readonly inputRef: RefObject<HTMLTextAreaElement | null>
  readonly label: string
  readonly placeholder?: string
  readonly value: string
  readonly onInput: (value: string) => void
  /** Enter, where there is a keyboard. */
  readonly onSubmit: () => void
  readonly onPaste?: (event: ClipboardEvent) => void
}

/** A text field as high as its text, up to the limit that its style sets. */
export function GrowingInput(props: GrowingInputProps) {
  const { inputRef, label, placeholder, value, onInput, onSubmit, onPaste } = props
  useLayoutEffect(() => {
    const input = inputRef.current
    if (input === null || CSS.supports('field-sizing', 'content')) return
    input.style.height = 'auto'
    input.style.height = `${input.scrollHeight}px`
  }, [inputRef, value])
  const press = (event: KeyboardEvent): void => {
    // Enter also chooses among the suggestions of an input method; Safari marks that only by the key code.
    const isChoosing = event.isComposing || event.keyCode === INPUT_METHOD_KEY
    if (event.key !== 'Enter' || event.shiftKey || isChoosing || !matchMedia(HAS_KEYBOARD).matches) return
    event.preventDefault()
    onSubmit()
  }
  return (
    <textarea
      ref={inputRef}
      class="growing-input"
      rows={1}
      dir="auto"
      aria-label={label}
      placeholder={placeholder}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
      onKeyDown={press}
      onPaste={onPaste}
    />
  )
}
