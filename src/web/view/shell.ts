import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import type { ChatActions, ConversationEntry } from '../chat/chat-view.ts'

/** The dialog in front of the page. */
export type Sheet =
  | { readonly kind: 'none' }
  | { readonly kind: 'conversations' }
  | { readonly kind: 'models' }
  | { readonly kind: 'parameters' }
  | { readonly kind: 'jobs' }
  | { readonly kind: 'settings' }
  | { readonly kind: 'key' }
  | { readonly kind: 'conversation'; readonly entry: ConversationEntry }
  | { readonly kind: 'remove'; readonly entry: ConversationEntry }
  | { readonly kind: 'removeAll' }
  | { readonly kind: 'forget' }
  | { readonly kind: 'picture'; readonly url: string }

/** Requests that any part of the page makes. */
export interface ChatShell {
  readonly actions: ChatActions
  readonly open: (sheet: Sheet) => void
}

export const ChatShellContext = createContext<ChatShell | null>(null)

/** @throws {Error} outside of the page, which is a mistake in the program */
export function useChatShell(): ChatShell {
  const shell = useContext(ChatShellContext)
  if (shell === null) throw new Error('no shell around this component')
  return shell
}

/** Whether a media query holds now. */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const list = matchMedia(query)
    const listen = (): void => setHolds(list.matches)
    list.addEventListener('change', listen)
    return () => list.removeEventListener('change', listen)
  }, [query])
  return holds
}

/** With a keyboard, Enter sends; with a touch screen, it begins a new line. */
export const HAS_KEYBOARD = '(hover: hover) and (pointer: fine)'

/** The time. Renders the component every second. */
export function useSeconds(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
