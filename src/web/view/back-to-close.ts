import { useEffect, useRef } from 'preact/hooks'
import { isOverPage, OVER_PAGE } from '../chat/history-state.ts'

/** Lets *Back* close a dialog. Chromium already does; in other browsers it would leave the conversation. */
export function useBackToClose(isOpen: boolean, close: () => void): void {
  const latest = useRef(close)
  latest.current = close
  useEffect(() => {
    if (!isOpen || 'CloseWatcher' in window) return undefined
    history.pushState({ ...history.state, ...OVER_PAGE }, '')
    const listen = (): void => latest.current()
    addEventListener('popstate', listen)
    return () => {
      removeEventListener('popstate', listen)
      // The dialog was closed without *Back* and without opening another conversation.
      if (isOverPage(history.state)) history.back()
    }
  }, [isOpen])
}
