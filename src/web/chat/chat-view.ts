/**
 * The contract between the engine and the views: the engine publishes one immutable `ChatView` after another, the views
 * render the newest one and call `ChatActions`. Times are milliseconds since 1970, sizes are bytes.
 */

import type { Job } from '../../shared/jobs.ts'

/** Everything that the page shows. Unchanged parts keep their identity from one view to the next. */
export interface ChatView {
  readonly access: Access
  /** From a link that the relay printed: pairs a desktop. */
  readonly pairing: PairingOffer | null
  /** The browser reports that it has no network. Stored conversations stay readable. */
  readonly isOffline: boolean
  /** In the server's order. Kept from the last visit until the server answers. */
  readonly models: readonly ChatModel[]
  readonly search: string
  /** Newest first. With a search: those that match. */
  readonly conversations: readonly ConversationEntry[]
  /** A draft without turns is not among `conversations` until its first message is sent. */
  readonly open: OpenConversation
  /** As of the last query; `watchJobs` keeps them current. */
  readonly jobs: ChatJobs
  readonly storage: StorageFacts
  /** The browser offers to install the page as an app. */
  readonly canInstall: boolean
  /** A new version of the page is ready: `applyUpdate` reloads into it. */
  readonly hasUpdate: boolean
  /** News outside any turn, such as full storage, until `dismissNotice`. */
  readonly notice: Notice | null
}

export type Notice =
  | Problem
  /** A file is being read. */
  | { readonly kind: 'importing' }
  /** The number of conversations that were added, or have got messages. */
  | { readonly kind: 'imported'; readonly count: number }

/** A problem. The views have words for it, unless the relay, the desktop or the model server describes it itself. */
export type Problem =
  | { readonly kind: 'told'; readonly message: string }
  /** The relay answered with this HTTP status and no message. */
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: PageProblem }

/** A problem that needs no facts. */
export type PageProblem =
  /** The key is unknown: revoked, expired, mistyped, or from another relay. */
  | 'keyRefused'
  | 'modelNotAllowed'
  /** The key lacks the scope that the request needs. */
  | 'permissionMissing'
  /** The conversation and its images are too large for one request. */
  | 'messageTooLarge'
  | 'noModelServer'
  | 'modelServerNeedsKey'
  /** The model server reported an error without a message. */
  | 'modelServerFailed'
  /** The model server did not finish its answer. */
  | 'answerBroken'
  /** The desktop no longer has the rest of the answer. */
  | 'answerLost'
  | 'answerUnreadable'
  | 'storageFull'
  | 'storageFailed'
  | 'deleteFailed'
  /** A newer version of the page has changed the form of what is stored. */
  | 'pageOutdated'
  /** The browser cannot read a stored conversation. */
  | 'readFailed'
  /** The pasted text contains no key. */
  | 'notAKey'
  /** The file is no export of this page. */
  | 'notAnExport'
  | 'newerExport'
  | 'importTooLarge'
  /** The stored conversations cannot be read, or do not fit into one file. */
  | 'exportFailed'
  /** The key does not allow downloads of models. */
  | 'cannotManage'
  /** The result of a job does not fit into this browser's memory. */
  | 'resultTooLarge'

/** A code with which a desktop becomes one of the relay's devices. */
export interface PairingOffer {
  /** Without a trailing slash. */
  readonly relayUrl: string
  readonly code: string
}

/** Whether a message can be sent, and otherwise why not. */
export type Access =
  /** The first visit. The view explains how to get a key: scan the QR code or open the link made on the desktop. */
  | { readonly kind: 'noKey' }
  | { readonly kind: 'checking' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'keyRefused' }
  /** The relay is up, the desktop is not connected. Retried automatically. */
  | { readonly kind: 'desktopOffline'; readonly since: number }
  /** The relay does not respond. Retried automatically. */
  | { readonly kind: 'relayUnreachable'; readonly since: number }
  /** The desktop is connected, its model server does not respond. Retried automatically. */
  | { readonly kind: 'noModelServer'; readonly since: number }
  /** The model server has no models, or the key allows none of them. */
  | { readonly kind: 'noModels' }
  /** Another error reported by the relay or the desktop. Retried automatically. */
  | { readonly kind: 'failed'; readonly since: number; readonly problem: Problem }

export interface ChatModel {
  readonly name: string
  readonly sizeBytes: number | null
  /** Whether it is in memory: the first answer of another model takes longer. `null` if the server does not report it. */
  readonly isLoaded: boolean | null
  /** Whether it reads images. `null` if the server does not report it. */
  readonly hasVision: boolean | null
  /** The devices that have it, where the owner has several. */
  readonly device: string | null
  /** The context it was loaded with, or else the longest that it supports. */
  readonly contextTokens: number | null
}

/** A conversation in the list. */
export interface ConversationEntry {
  readonly id: string
  readonly title: string
  readonly updatedAt: number
  readonly model: string | null
  /** An answer is being generated. */
  readonly isRunning: boolean
  /** With a search: the text around the first match. */
  readonly excerpt: Excerpt | null
}

/** `before` + `match` + `after` is consecutive text of a turn or the title. */
export interface Excerpt {
  readonly before: string
  readonly match: string
  readonly after: string
}

export interface OpenConversation {
  readonly id: string
  readonly title: string
  /** `null` only while no model is known. */
  readonly model: string | null
  readonly system: string
  readonly parameters: ModelParameters
  /** The visible branch, oldest first. */
  readonly turns: readonly ChatTurn[]
  readonly isRunning: boolean
  /** Whether its turns are still being read from the browser's storage. */
  readonly isLoading: boolean
  /** Tokens that the last answer and its prompt took of the context. */
  readonly contextUsed: { readonly tokens: number; readonly limit: number | null } | null
  /** The unsent text at the time the conversation was opened. */
  readonly draft: string
}

/** `null` leaves a parameter to the model server. */
export interface ModelParameters {
  readonly temperature: number | null
  readonly topP: number | null
  readonly topK: number | null
  readonly seed: number | null
  readonly maxTokens: number | null
  readonly contextTokens: number | null
  /** Whether a model that can think does so. */
  readonly thinks: boolean | null
}

/** One message. The engine replaces only turns that changed, so a view can compare by identity. */
export interface ChatTurn {
  readonly id: string
  readonly role: 'user' | 'assistant'
  /** Markdown for the assistant, plain text for the user. */
  readonly text: string
  /** The model's reasoning, without its tags. Empty if there is none. */
  readonly thinking: string
  readonly images: readonly ChatImage[]
  readonly state: TurnState
  /** The model that answered; `null` for the user's turns. */
  readonly model: string | null
  readonly createdAt: number
  readonly figures: TurnFigures | null
  /** The alternatives at this point, made by `regenerate` and `edit`. `index` starts at 0. */
  readonly branch: { readonly index: number; readonly count: number }
}

export interface ChatImage {
  readonly id: string
  /** A `blob:` URL that is valid while its conversation is open. */
  readonly url: string
}

export type TurnState =
  /** Nothing has been received yet, or the connection broke and the engine continues automatically. */
  | { readonly kind: 'waiting'; readonly for: WaitReason; readonly since: number }
  | { readonly kind: 'streaming' }
  | { readonly kind: 'done' }
  /** Stopped by the user: the text so far is kept. */
  | { readonly kind: 'stopped' }
  /** The text so far is kept. `canContinue`: the rest may still be at the desktop, so `retryNow` can fetch it. */
  | { readonly kind: 'failed'; readonly canContinue: boolean; readonly problem: Problem }

export type WaitReason =
  /** Sent; the model server has not begun to answer. */
  | { readonly kind: 'answer' }
  /** Like `answer`, with a model that was not in memory. */
  | { readonly kind: 'modelLoading' }
  /** The relay is asked again at `retryAt`; `place` is 1 for the next one, `null` if unknown. */
  | { readonly kind: 'queue'; readonly place: number | null; readonly retryAt: number }
  | { readonly kind: 'desktopOffline' }
  /** The connection broke: text generated meanwhile will be fetched. */
  | { readonly kind: 'reconnecting' }

export interface TurnFigures {
  readonly tokens: number
  readonly promptTokens: number | null
  readonly tokensPerS: number | null
  /** From the request to the last token. */
  readonly durationMs: number
}

export interface StorageFacts {
  /** Whether the browser promised not to delete the conversations under pressure. */
  readonly isPersistent: boolean
  readonly usedBytes: number | null
  /** Storage does not work here, as in some private windows: nothing is kept after the page closes. */
  readonly isTemporary: boolean
}

/** Work on the owner's desktops that continues without this page. */
export interface ChatJobs {
  /** Newest first; `null` until the desktop has responded. */
  readonly entries: readonly JobEntry[] | null
  /** Why the last request about them was refused. */
  readonly problem: Problem | null
}

export interface JobEntry {
  readonly job: Job
  /** Name of its desktop, if the owner has several. */
  readonly device: string | null
}

export type JobCommand = 'cancel' | 'retry' | 'delete'

export interface JobActions {
  /** @param isWatching whether the jobs are on screen */
  watchJobs(isWatching: boolean): void
  /** Queues the download of a model. */
  pullModel(name: string): void
  changeJob(entry: JobEntry, change: JobCommand): void
  /** Saves the result of a completed job as a file. */
  saveJobResult(entry: JobEntry): void
}

export type ExportFormat = 'markdown' | 'json'

/** Requests from the views. They return immediately; the result is a new view. `false`: ignored, so the text is kept. */
export interface ChatActions extends JobActions {
  /** Opens a draft with the last used model and parameters. */
  newConversation(): void
  openConversation(id: string): void
  /**
   * Ignored if `text` is blank and there are no images, or while this conversation is being read or answered, possibly in
   * another tab.
   */
  send(text: string, images: readonly Blob[]): boolean
  /** Keeps unsent text for the next visit. @param conversationId `''` for one without messages */
  keepDraft(conversationId: string, text: string): void
  /** Stops the answer of the open conversation, and the model. */
  stop(): void
  /** Asks again for the answer `turnId`, as a new branch. */
  regenerate(turnId: string): void
  /** Replaces the user's turn `turnId` by another text in a new branch, and asks. Images stay. Ignored like `send`. */
  edit(turnId: string, text: string): boolean
  /** Shows the alternative `index` of the turn `turnId`. */
  showBranch(turnId: string, index: number): void
  rename(conversationId: string, title: string): void
  remove(conversationId: string): void
  removeAll(): void
  search(query: string): void
  /** Saves a file. @param conversationId `null` for all conversations */
  exportAs(format: ExportFormat, conversationId: string | null): void
  /** Adds the conversations and messages that are not here yet, from a file that `exportAs('json', …)` made. */
  importFrom(file: Blob): void
  setModel(name: string): void
  setSystem(text: string): void
  setParameters(change: Partial<ModelParameters>): void
  /** @param text a key, or the link that contains one */
  useKey(text: string): void
  /** Removes the key from this browser, with the conversations if asked. */
  forgetThisDevice(withConversations: boolean): void
  install(): void
  applyUpdate(): void
  /** Retries immediately instead of waiting: the connection, or the open conversation's failed answer. */
  retryNow(): void
  dismissNotice(): void
  dismissPairing(): void
}

/** The engine as the views see it. */
export interface ChatStore {
  readonly view: ChatView
  readonly actions: ChatActions
  /** @param listener called after each change; while text arrives at most once per animation frame */
  subscribe(listener: () => void): () => void
}
