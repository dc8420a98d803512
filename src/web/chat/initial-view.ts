import type { ChatView, ModelParameters } from './chat-view.ts'

export const NO_PARAMETERS: ModelParameters = {
  temperature: null,
  topP: null,
  topK: null,
  seed: null,
  maxTokens: null,
  contextTokens: null,
  thinks: null,
}

/** The page before anything is known. */
export const INITIAL_VIEW: ChatView = {
  access: { kind: 'checking' },
  pairing: null,
  isOffline: false,
  models: [],
  search: '',
  conversations: [],
  open: {
    id: '',
    title: '',
    model: null,
    system: '',
    parameters: NO_PARAMETERS,
    turns: [],
    isRunning: false,
    isLoading: true,
    contextUsed: null,
    draft: '',
  },
  jobs: { entries: null, problem: null },
  storage: { isPersistent: false, usedBytes: null, isTemporary: false },
  canInstall: false,
  hasUpdate: false,
  notice: null,
}
