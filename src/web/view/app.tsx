import type { ChatActions, ChatView } from '../chat/chat-view.ts'

/** The whole page. */
export function ChatApp({ view }: { readonly view: ChatView; readonly actions: ChatActions }) {
  return <main>{view.open.title}</main>
}
