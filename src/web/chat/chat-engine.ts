import { keyIn } from './access-key.ts'
import { Answers } from './answers.ts'
import { storageProblem, type ChatStorage } from './chat-storage.ts'
import type {
  ChatActions,
  ChatStore,
  ChatView,
  JobActions,
  ModelParameters,
  OpenConversation,
  PairingOffer,
} from './chat-view.ts'
import { Connection } from './connection.ts'
import type { Conversation } from './conversation.ts'
import { Dialogue } from './dialogue.ts'
import { KeptDrafts } from './kept-drafts.ts'
import { FileTransfer, type FileActions } from './file-transfer.ts'
import { INITIAL_VIEW, NO_PARAMETERS } from './initial-view.ts'
import { JobList } from './job-list.ts'
import { Library } from './library.ts'
import { PageNotices } from './page-notices.ts'
import type { Page } from './page.ts'
import type { ChatPorts } from './ports.ts'
import { Preferences } from './preferences.ts'
import { StorageWatch } from './storage-watch.ts'
import { TurnViews } from './turn-views.ts'
import { ViewPublisher } from './view-publisher.ts'

export interface ChatEngineOptions {
  readonly ports: ChatPorts
  readonly page: Page
  readonly storage: ChatStorage
  /** Nothing is kept after the page closes. */
  readonly isTemporary: boolean
}

/** The engine behind the page's views. */
export class ChatEngine implements ChatStore {
  readonly #options: ChatEngineOptions
  readonly #connection: Connection
  readonly #library: Library
  readonly #answers: Answers
  readonly #dialogue: Dialogue
  readonly #jobs: JobList
  readonly #turnViews: TurnViews
  readonly #files: FileTransfer
  readonly #drafts: KeptDrafts
  readonly #preferences: Preferences
  readonly #notices: PageNotices
  readonly #storage: StorageWatch
  readonly #publisher: ViewPublisher
  readonly actions: ChatActions
  #openId: string
  /** The unsent text of the open conversation. */
  #draft: string
  #key: string | null
  #pairing: PairingOffer | null = null

  constructor(options: ChatEngineOptions) {
    const { ports, page, storage } = options
    this.#options = options
    this.#preferences = new Preferences(page.values)
    this.#key = this.#preferences.key
    this.#publisher = new ViewPublisher(page, () => this.#viewNow())
    const onChange = (): void => this.#publisher.changed()
    this.#turnViews = new TurnViews(page)
    this.#connection = new Connection({
      ports,
      known: this.#preferences.server,
      onChange: () => this.#connected(),
    })
    const onSaved = (id: string | null): void => page.tell(id)
    this.#storage = new StorageWatch(page, options.isTemporary, onChange)
    const notices = (this.#notices = new PageNotices(onChange))
    this.#library = new Library({ storage, ports, notices, onChange, onSaved })
    this.#answers = new Answers({
      ports,
      locks: page.locks,
      keyFor: ({ createdAt }) => this.#preferences.keyBefore(createdAt) ?? this.#key,
      connection: this.#connection,
      bodyFor: (turn, position) => this.#dialogue.bodyFor(turn, position),
      stored: (turn) => this.#library.stored(turn),
      onTurn: (turn, isLasting) => this.#library.replace(turn, isLasting),
      onKeyRefused: (key) => this.#refused(key),
    })
    this.#dialogue = new Dialogue({
      ports,
      connection: this.#connection,
      library: this.#library,
      answers: this.#answers,
      openId: () => this.#openId,
    })
    this.#files = new FileTransfer({ page, library: this.#library, notices })
    this.#drafts = new KeptDrafts(page.values)
    // A previous page in this tab showed it.
    this.#openId = page.place.now() || this.#newDraft().id
    this.#draft = this.#drafts.textFor(this.#draftId)
    this.#jobs = new JobList({ ports, page, connection: this.#connection, key: () => this.#key, onChange })
    this.actions = { ...this.#chatActions, ...this.#jobs.actions, ...this.#files.actions }
  }

  get view(): ChatView {
    return this.#publisher.view
  }

  subscribe(listener: () => void): () => void {
    return this.#publisher.subscribe(listener)
  }

  /** Reads what is stored, connects, and continues answers that an earlier page left unfinished. */
  async start(): Promise<void> {
    const { page, storage } = this.#options
    page.watch({
      onWake: () => this.#wake(),
      onLeave: () => {
        this.#answers.save()
        this.#publisher.publish()
      },
      onFacts: () => this.#publisher.changed(),
    })
    page.onTold((id) => void this.#told(id))
    storage.onReplaced(() => void this.#told(null))
    this.#connection.use(this.#key)
    page.place.onReturn((id) => id !== this.#draftId && this.#open(id, false))
    await this.#library.load().catch((cause: unknown) => this.#unreadable(cause))
    const running = await storage.runningTurns().catch(() => [])
    for (const turn of running) this.#answers.start(turn)
    if (running.length === 0) this.#preferences.dropFormerKey()
    this.#reopen(running.at(-1)?.conversationId)
    await this.#storage.refresh()
  }

  /** The page was opened by a link that pairs a desktop. */
  offerPairing(offer: PairingOffer | null): void {
    this.#pairing = offer
    this.#publisher.changed()
  }

  readonly #chatActions: Omit<ChatActions, keyof JobActions | keyof FileActions> = {
    newConversation: () => this.#open(this.#newDraft().id),
    openConversation: (id) => this.#open(id),
    send: (text, images) => {
      const { page } = this.#options
      if (!this.#dialogue.send(text, images)) return false
      void this.#storage.persist()
      page.place.enter(this.#draftId, false)
      return true
    },
    keepDraft: (id, text) => {
      // The conversation may have been deleted while its text waited to be stored.
      if (id === '' || this.#library.find(id) !== undefined) this.#drafts.keep(id, text)
    },
    stop: () => this.#dialogue.stop(),
    regenerate: (turnId) => this.#dialogue.regenerate(turnId),
    edit: (turnId, text) => this.#dialogue.edit(turnId, text),
    showBranch: (turnId, index) => this.#dialogue.showBranch(turnId, index),
    rename: (id, title) => this.#library.change(id, { title: title.trim() }),
    remove: (id) => this.#remove(id),
    removeAll: () => this.#removeAll(),
    search: (query) => void this.#library.search(query),
    setModel: (name) => {
      this.#preferences.model = name
      this.#library.change(this.#openId, { model: name })
      void this.#connection.describe(name)
    },
    setSystem: (text) => this.#library.change(this.#openId, { system: text }),
    setParameters: (change) => this.#setParameters(change),
    useKey: (text) => this.#useKey(text),
    forgetThisDevice: (withConversations) => this.#forget(withConversations),
    install: () => this.#options.page.install(),
    applyUpdate: () => this.#options.page.applyUpdate(),
    retryNow: () => this.#retryNow(),
    dismissNotice: () => this.#notices.show(null),
    dismissPairing: () => this.offerPairing(null),
  }

  #setParameters(change: Partial<ModelParameters>): void {
    const { parameters = NO_PARAMETERS } = this.#library.find(this.#openId) ?? {}
    const changed = { ...parameters, ...change }
    this.#preferences.parameters = changed
    this.#library.change(this.#openId, { parameters: changed })
  }

  /** @param isStep whether *Back* returns to the previous conversation */
  #open(wanted: string, isStep = true): void {
    const id = this.#library.find(wanted) === undefined ? this.#newDraft().id : wanted
    if (id !== this.#openId) {
      this.#library.close(this.#openId)
      this.#turnViews.clear()
    }
    this.#openId = id
    this.#draft = this.#drafts.textFor(this.#draftId)
    const { place } = this.#options.page
    if (place.now() !== this.#draftId) place.enter(this.#draftId, isStep)
    if (this.#library.turnsOf(id) === undefined) void this.#read(id)
    const { model } = this.#library.find(id) ?? {}
    if (model) void this.#connection.describe(model)
    this.#publisher.changed()
  }

  /** The open conversation in `KeptDrafts` and in the tab's history. */
  get #draftId(): string {
    return this.#library.isDraft(this.#openId) ? '' : this.#openId
  }

  /** Opens the conversation that a previous page in this tab showed, or one that is being answered. */
  #reopen(running: string | undefined): void {
    const isNew = this.#options.page.place.now() === null && this.#library.isDraft(this.#openId)
    this.#open(isNew && running !== undefined ? running : this.#openId, false)
  }

  #newDraft(): Conversation {
    const { model, parameters } = this.#preferences
    return this.#library.draft(model, '', parameters)
  }

  #remove(id: string): void {
    this.#answers.abandon((each) => each === id)
    void this.#library.remove(id)
    this.#drafts.keep(id, '')
    if (id === this.#openId) this.#open(this.#newDraft().id, false)
  }

  #removeAll(): void {
    this.#answers.abandon(() => true)
    void this.#library.clear().then(() => this.#storage.refresh())
    this.#drafts.clear()
    this.#open(this.#newDraft().id, false)
  }

  #useKey(text: string): void {
    const key = keyIn(text)
    if (key === null) return this.#notices.show({ kind: 'notAKey' })
    this.#notices.show(null)
    this.#become(key)
    this.#dialogue.retry('keyRefused')
  }

  #forget(withConversations: boolean): void {
    this.#preferences.forget()
    if (withConversations) this.#removeAll()
    this.#become(null)
  }

  #refused(key: string): void {
    if (key === this.#key) return this.#connection.refused()
    this.#preferences.dropFormerKey()
    this.#dialogue.retry('keyRefused')
  }

  #become(key: string | null): void {
    if (key !== null && this.#answers.isAnyRunning)
      this.#preferences.keepKeyForAnswers(this.#options.ports.now())
    this.#preferences.key = key
    this.#options.page.tell(null)
    this.#use(key)
  }

  #use(key: string | null): void {
    this.#key = key
    this.#connection.use(key)
    this.#jobs.forget()
  }

  #retryNow(): void {
    this.#wake()
    if (this.view.access.kind === 'keyRefused') this.#connection.use(this.#key)
    this.#dialogue.retry()
  }

  #wake(): void {
    this.#connection.kick()
    this.#answers.kick()
    this.#jobs.kick()
    this.#publisher.changed()
  }

  /** Another tab has stored something. It may have ended an answer of a conversation that is not shown here. */
  async #told(id: string | null): Promise<void> {
    const { key } = this.#preferences
    if (key !== this.#key) this.#use(key)
    await this.#library.load().catch(() => {})
    // Another tab may have deleted some, which makes room.
    this.#library.saveAgain()
    this.#answers.abandon((each) => this.#library.find(each) === undefined)
    if (this.#library.find(this.#openId) === undefined) {
      this.#drafts.keep(this.#openId, '')
      return this.#open('', false)
    }
    const wanted = id ?? this.#openId
    if (this.#library.turnsOf(wanted) !== undefined || this.#answers.isRunning(wanted))
      await this.#read(wanted)
  }

  /** Reads a conversation, whose answer another tab may obtain. */
  async #read(id: string): Promise<void> {
    try {
      const turns = await this.#library.read(id, id === this.#openId)
      for (const turn of turns) this.#answers.followed(turn)
    } catch (cause) {
      // Otherwise it would be waited for forever.
      if (id === this.#openId && this.#library.turnsOf(id) === undefined) this.#unreadable(cause)
    }
    this.#publisher.changed()
  }

  #unreadable(cause: unknown): void {
    this.#notices.show({ kind: storageProblem(cause, 'readFailed') })
    this.#open('', false)
  }

  #connected(): void {
    const { models, api, access } = this.#connection
    if (access.kind === 'ready' || access.kind === 'noModels') this.#preferences.server = { api, models }
    const shown = this.#library.find(this.#openId)?.model ?? models[0]?.name
    if (shown !== undefined) void this.#connection.describe(shown)
    this.#publisher.changed()
  }

  #viewNow(): ChatView {
    const { page } = this.#options
    return {
      access: this.#connection.access,
      pairing: this.#pairing,
      isOffline: !page.isOnline(),
      models: this.#connection.models,
      search: this.#library.query,
      conversations: this.#library.entries((id) => this.#answers.isRunning(id)),
      open: this.#openView(),
      jobs: this.#jobs.view,
      storage: this.#storage.facts,
      canInstall: page.canInstall,
      hasUpdate: page.hasUpdate,
      notice: this.#notices.current,
    }
  }

  #openView(): OpenConversation {
    const conversation = this.#library.find(this.#openId)
    if (conversation === undefined) return INITIAL_VIEW.open
    const { id } = conversation
    return this.#turnViews.open(conversation, {
      turns: this.#library.turnsOf(id),
      stateOf: (turn) => this.#answers.stateOf(turn),
      isRunning: this.#answers.isRunning(id),
      models: this.#connection.models,
      draft: this.#draft,
    })
  }
}
