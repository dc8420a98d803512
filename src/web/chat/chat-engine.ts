import { keyIn } from './access-key.ts'
import { Answers } from './answers.ts'
import type { ChatStorage } from './chat-storage.ts'
import type {
  Access,
  ChatActions,
  ChatModel,
  ChatStore,
  ChatView,
  ExportFormat,
  ModelParameters,
  OpenConversation,
  PairingOffer,
  Problem,
} from './chat-view.ts'
import { Connection } from './connection.ts'
import type { Conversation } from './conversation.ts'
import { Dialogue } from './dialogue.ts'
import { conversationsIn, MAX_IMPORT_BYTES, toJson, toMarkdown } from './export-file.ts'
import { INITIAL_VIEW, NO_PARAMETERS } from './initial-view.ts'
import { Library } from './library.ts'
import type { Page } from './page.ts'
import type { ChatPorts } from './ports.ts'
import { TurnViews } from './turn-views.ts'

export interface ChatEngineOptions {
  readonly ports: ChatPorts
  readonly page: Page
  readonly storage: ChatStorage
  /** Nothing is kept after the page closes. */
  readonly isTemporary: boolean
}

/** Values that all tabs share. */
const VALUES = { key: 'key', model: 'model', parameters: 'parameters', models: 'models' }

/** The engine behind the page's views. */
export class ChatEngine implements ChatStore {
  readonly #options: ChatEngineOptions
  readonly #connection: Connection
  readonly #library: Library
  readonly #answers: Answers
  readonly #dialogue: Dialogue
  readonly #turnViews: TurnViews
  readonly #listeners = new Set<() => void>()
  #view: ChatView = INITIAL_VIEW
  #openId: string
  #key: string | null
  #notice: Problem | null = null
  #pairing: PairingOffer | null = null
  #storage: ChatView['storage']
  #isDrawing = false

  constructor(options: ChatEngineOptions) {
    const { ports, page, storage } = options
    this.#options = options
    this.#storage = { isPersistent: false, usedBytes: null, isTemporary: options.isTemporary }
    this.#key = page.values.get(VALUES.key)
    const onChange = (): void => this.#changed()
    this.#turnViews = new TurnViews(page)
    this.#connection = new Connection({
      ports,
      knownModels: this.#knownModels(),
      onChange: () => this.#connected(),
    })
    this.#library = new Library({
      storage,
      ports,
      onChange,
      onProblem: (problem) => this.#notify(problem),
      onSaved: (id) => page.tell(id),
    })
    this.#answers = new Answers({
      ports,
      locks: page.locks,
      key: () => this.#key,
      isModelLoaded: (name) => this.#connection.models.find((model) => model.name === name)?.isLoaded ?? null,
      bodyFor: (turn, position) => this.#dialogue.bodyFor(turn, position),
      stored: (turn) => this.#library.stored(turn),
      onTurn: (turn, isLasting) => this.#library.replace(turn, isLasting),
      onKeyRefused: () => this.#connection.refused(),
    })
    this.#dialogue = new Dialogue({
      ports,
      storage,
      connection: this.#connection,
      library: this.#library,
      answers: this.#answers,
      openId: () => this.#openId,
    })
    this.#openId = this.#newDraft().id
  }

  get view(): ChatView {
    return this.#view
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Reads what is stored, connects, and continues answers that an earlier page left unfinished. */
  async start(): Promise<void> {
    const { page, storage } = this.#options
    page.watch({
      onWake: () => this.#wake(),
      onLeave: () => this.#answers.save(),
      onFacts: () => this.#changed(),
    })
    page.onTold((id) => void this.#told(id))
    this.#connection.use(this.#key)
    await this.#library.load().catch(() => {})
    for (const turn of await storage.runningTurns().catch(() => [])) this.#answers.start(turn)
    await this.#refreshStorage()
  }

  /** The page was opened by a link that pairs a desktop. */
  offerPairing(offer: PairingOffer | null): void {
    this.#pairing = offer
    this.#changed()
  }

  readonly actions: ChatActions = {
    newConversation: () => this.#open(this.#newDraft().id),
    openConversation: (id) => this.#open(id),
    send: (text, images) => {
      void this.#options.page.persist().then(() => this.#refreshStorage())
      this.#dialogue.send(text, images)
    },
    stop: () => this.#dialogue.stop(),
    regenerate: (turnId) => this.#dialogue.regenerate(turnId),
    edit: (turnId, text) => this.#dialogue.edit(turnId, text),
    showBranch: (turnId, index) => this.#dialogue.showBranch(turnId, index),
    rename: (id, title) => this.#library.change(id, { title: title.trim() }),
    remove: (id) => this.#remove(id),
    removeAll: () => this.#removeAll(),
    search: (query) => void this.#library.search(query),
    exportAs: (format, id) => void this.#export(format, id),
    importFrom: (file) => void this.#import(file),
    setModel: (name) => {
      this.#options.page.values.set(VALUES.model, name)
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
    dismissNotice: () => this.#notify(null),
    dismissPairing: () => this.offerPairing(null),
  }

  #setParameters(change: Partial<ModelParameters>): void {
    const { parameters = NO_PARAMETERS } = this.#library.find(this.#openId) ?? {}
    const changed = { ...parameters, ...change }
    this.#options.page.values.set(VALUES.parameters, JSON.stringify(changed))
    this.#library.change(this.#openId, { parameters: changed })
  }

  #open(id: string): void {
    if (id !== this.#openId) {
      this.#library.close(this.#openId)
      this.#turnViews.clear()
    }
    this.#openId = id
    if (this.#library.turnsOf(id) === undefined) void this.#library.read(id).catch(() => {})
    const { model } = this.#library.find(id) ?? {}
    if (model) void this.#connection.describe(model)
    this.#changed()
  }

  #newDraft(): Conversation {
    const { values } = this.#options.page
    const parameters = { ...NO_PARAMETERS, ...parsed(values.get(VALUES.parameters)) }
    return this.#library.draft(values.get(VALUES.model), '', parameters)
  }

  #remove(id: string): void {
    this.#answers.abandon(id)
    void this.#library.remove(id)
    if (id === this.#openId) this.#open(this.#newDraft().id)
  }

  #removeAll(): void {
    this.#answers.abandon(null)
    void this.#library.clear().then(() => this.#refreshStorage())
    this.#open(this.#newDraft().id)
  }

  async #export(format: ExportFormat, id: string | null): Promise<void> {
    const { storage, page } = this.#options
    const all = await storage.conversations()
    const conversations = id === null ? all : all.filter((conversation) => conversation.id === id)
    const turns = id === null ? await storage.allTurns() : await storage.turnsOf(id)
    if (format === 'json') page.saveFile('chats.json', 'application/json', await toJson(conversations, turns))
    else page.saveFile('chats.md', 'text/markdown', toMarkdown(conversations, turns))
  }

  async #import(file: Blob): Promise<void> {
    const found = file.size > MAX_IMPORT_BYTES ? null : conversationsIn(await file.text())
    if (found === null) return this.#notify({ kind: 'notAnExport' })
    await this.#library.add(found.conversations, found.turns)
  }

  #useKey(text: string): void {
    const key = keyIn(text)
    if (key === null) return this.#notify({ kind: 'notAKey' })
    this.#notice = null
    this.#become(key)
  }

  #forget(withConversations: boolean): void {
    for (const name of Object.values(VALUES)) this.#options.page.values.set(name, null)
    if (withConversations) this.#removeAll()
    this.#become(null)
  }

  #become(key: string | null): void {
    this.#options.page.values.set(VALUES.key, key)
    this.#options.page.tell(null)
    this.#use(key)
  }

  #use(key: string | null): void {
    this.#key = key
    this.#connection.use(key)
  }

  #retryNow(): void {
    this.#wake()
    if (this.#view.access.kind === 'keyRefused') this.#connection.use(this.#key)
    this.#dialogue.retry()
  }

  #wake(): void {
    this.#connection.kick()
    this.#answers.kick()
    this.#changed()
  }

  /** Another tab has stored something. */
  async #told(id: string | null): Promise<void> {
    const key = this.#options.page.values.get(VALUES.key)
    if (key !== this.#key) this.#use(key)
    await this.#library.load().catch(() => {})
    if (id !== null && this.#library.turnsOf(id) === undefined) return
    const ids = id === null ? [this.#openId] : [id]
    for (const each of ids) {
      await this.#library.read(each).catch(() => {})
      for (const turn of this.#library.turnsOf(each)?.values() ?? []) this.#answers.followed(turn)
    }
  }

  #connected(): void {
    const { models } = this.#connection
    this.#options.page.values.set(VALUES.models, JSON.stringify(models))
    const { model } = this.#library.find(this.#openId) ?? {}
    const shown = model ?? models[0]?.name
    if (shown !== undefined) void this.#connection.describe(shown)
    this.#changed()
  }

  #knownModels(): readonly ChatModel[] {
    const known: unknown = parsed(this.#options.page.values.get(VALUES.models))
    return Array.isArray(known) ? known : []
  }

  async #refreshStorage(): Promise<void> {
    const facts = await this.#options.page.storageFacts()
    this.#storage = { ...this.#storage, ...facts }
    this.#changed()
  }

  #notify(notice: Problem | null): void {
    this.#notice = notice
    this.#changed()
  }

  /** Renders once per frame, however fast text arrives. */
  #changed(): void {
    if (this.#isDrawing) return
    this.#isDrawing = true
    this.#options.page.beforeFrame(() => {
      this.#isDrawing = false
      this.#view = this.#viewNow()
      for (const listener of this.#listeners) listener()
    })
  }

  #viewNow(): ChatView {
    const { page } = this.#options
    const access: Access = this.#connection.access
    return {
      access,
      pairing: this.#pairing,
      isOffline: !page.isOnline(),
      models: this.#connection.models,
      search: this.#library.query,
      conversations: this.#library.entries((id) => this.#answers.isRunning(id)),
      open: this.#openView(),
      storage: this.#storage,
      canInstall: page.canInstall,
      hasUpdate: page.hasUpdate,
      notice: this.#notice,
    }
  }

  #openView(): OpenConversation {
    const conversation = this.#library.find(this.#openId)
    if (conversation === undefined) return INITIAL_VIEW.open
    const { id, title, system, parameters } = conversation
    const model = conversation.model ?? this.#connection.models[0]?.name ?? null
    const tree = this.#library.turnsOf(id)
    const turns = this.#turnViews.of(conversation, tree ?? new Map(), (turn) => this.#answers.stateOf(turn))
    const isRunning = this.#answers.isRunning(id)
    const facts = { isRunning, isLoading: tree === undefined, contextUsed: this.#contextUsed(model, turns) }
    return { id, title, model, system, parameters, turns, ...facts }
  }

  #contextUsed(name: string | null, turns: OpenConversation['turns']): OpenConversation['contextUsed'] {
    const figures = turns.findLast((turn) => turn.figures !== null)?.figures
    if (!figures || figures.promptTokens === null) return null
    const limit = this.#connection.models.find((model) => model.name === name)?.contextTokens ?? null
    return { tokens: figures.promptTokens + figures.tokens, limit }
  }
}

function parsed(text: string | null): object {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
