import { useEffect, useRef, useState } from 'preact/hooks'
import type { OpenConversation } from '../chat/chat-view.ts'

const APP = 'CloudToLocalLLM'

/** Names the tab after the conversation, with a mark if an answer ended while the tab was hidden. */
export function usePageTitle({ title, isRunning }: Pick<OpenConversation, 'title' | 'isRunning'>): void {
  const [isUnseen, setIsUnseen] = useState(false)
  const wasRunning = useRef(isRunning)
  useEffect(() => {
    if (wasRunning.current && !isRunning && document.hidden) setIsUnseen(true)
    wasRunning.current = isRunning
  }, [isRunning])
  useEffect(() => {
    const listen = (): void => {
      if (!document.hidden) setIsUnseen(false)
    }
    document.addEventListener('visibilitychange', listen)
    return () => document.removeEventListener('visibilitychange', listen)
  }, [])
  useEffect(() => {
    document.title = `${isUnseen ? '● ' : ''}${title === '' ? APP : `${title} · ${APP}`}`
  }, [title, isUnseen])
}
