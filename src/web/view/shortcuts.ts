import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { useChatShell } from './shell.ts'

/**
 * Keyboard shortcuts of the page: Ctrl or Command with Shift+O begins a conversation, Ctrl or Command with K searches them,
 * Escape stops an answer, and text typed while nothing has the focus goes into the composer.
 */
export function useShortcuts(isRunning: boolean, inputRef: RefObject<HTMLTextAreaElement | null>): void {
  const { actions, open } = useChatShell()
  const press = (event: KeyboardEvent): void => {
    if (event.isComposing || document.querySelector('dialog[open]') !== null) return
    const name = shortcutOf(event)
    if (name === null) return
    if (name === 'type') {
      if (document.activeElement === document.body) inputRef.current?.focus()
      return
    }
    if (name === 'stop' && !isRunning) return
    event.preventDefault()
    if (name === 'stop') return actions.stop()
    if (name === 'new') return actions.newConversation()
    const search = document.querySelector<HTMLInputElement>('.side input[type=search]')
    if (search === null) open({ kind: 'conversations' })
    else search.focus()
  }
  const latest = useRef(press)
  latest.current = press
  // Not after the first paint: keys that are pressed before count too.
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent): void => latest.current(event)
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [])
}

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>

/** The action of a key, if any. */
export function shortcutOf({ key, ctrlKey, metaKey, shiftKey, altKey }: Pressed) {
  const letter = key.toLowerCase()
  if (altKey) return null
  if (ctrlKey || metaKey) {
    if (shiftKey) return letter === 'o' ? 'new' : null
    return letter === 'k' ? 'search' : null
  }
  if (key === 'Escape') return 'stop'
  return key.length === 1 && key !== ' ' ? 'type' : null
}
