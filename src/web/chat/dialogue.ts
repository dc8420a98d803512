import { type Answers, positionOf } from './answers.ts'
import { chatBody } from './chat-request.ts'
import type { Problem } from './chat-view.ts'
import type { Connection } from './connection.ts'
import { pathTo, visibleBranch, type Conversation, type RunPosition, type Turn } from './conversation.ts'
import type { Library } from './library.ts'
import type { ChatPorts } from './ports.ts'

export interface DialogueOptions {
  readonly ports: ChatPorts
  readonly connection: Connection
  readonly library: Library
  readonly answers: Answers
  /** The open conversation. */
  readonly openId: () => string
}

/** Messages and answers of the open conversation. Nothing happens while it is being read or answered. */
export class Dialogue {
  readonly #options: DialogueOptions

  constructor(options: DialogueOptions) {
    this.#options = options
  }

  /** @returns whether the message was accepted */
  send(text: string, images: readonly Blob[]): boolean {
    const conversation = this.#idle()
    if (conversation === undefined || (text.trim() === '' && images.length === 0)) return false
    return this.#ask(this.#question(conversation, this.#lastTurn()?.id ?? '', text, images))
  }

  /** @returns whether the message was accepted */
  edit(turnId: string, text: string): boolean {
    const conversation = this.#idle()
    const before = this.#turns.get(turnId)
    if (conversation === undefined || before === undefined || text.trim() === '') return false
    const images = before.images.map(({ blob }) => blob)
    return this.#ask(this.#question(conversation, before.parentId, text, images))
  }

  regenerate(turnId: string): void {
    const turn = this.#turns.get(turnId)
    this.#ask(this.#turns.get(turn?.parentId ?? ''))
  }

  stop(): void {
    for (const turn of this.#turns.values())
      if (turn.state.kind === 'running') this.#options.answers.stop(turn)
  }

  /**
   * Continues the last answer if it failed, or requests it again.
   * @param problem only if this is why it failed
   */
  retry(problem?: Problem['kind']): void {
    const { library, answers } = this.#options
    const last = this.#lastTurn()
    const run = last && positionOf(last)
    if (last?.state.kind !== 'failed' || !run) return
    if (problem !== undefined && last.state.problem.kind !== problem) return
    if (!last.state.canContinue) return void this.#ask(this.#turns.get(last.parentId))
    const turn: Turn = { ...last, state: { kind: 'running', run } }
    library.replace(turn, true)
    answers.start(turn)
  }

  showBranch(turnId: string, index: number): void {
    const { library, openId } = this.#options
    const conversation = library.find(openId())
    const shown = conversation && visibleBranch(conversation, this.#turns.values())
    const wanted = shown?.find(({ turn }) => turn.id === turnId)?.siblings[index]
    if (conversation === undefined || wanted === undefined) return
    library.change(openId(), { shown: { ...conversation.shown, [wanted.parentId]: wanted.id } })
  }

  /** The body of the request for an answer. */
  async bodyFor(turn: Turn, position: RunPosition): Promise<string> {
    const turns = await this.#options.library.wholeOf(turn.conversationId)
    return chatBody(position.api, turn.model ?? '', position.asked, pathTo(turns, turn.parentId))
  }

  get #turns(): ReadonlyMap<string, Turn> {
    return this.#options.library.turnsOf(this.#options.openId()) ?? new Map()
  }

  #idle(): Conversation | undefined {
    const { library, answers, openId } = this.#options
    // Before its turns are read, a message would begin the conversation again.
    const isBusy = answers.isRunning(openId()) || library.turnsOf(openId()) === undefined
    return isBusy ? undefined : library.find(openId())
  }

  #lastTurn(): Turn | undefined {
    const conversation = this.#options.library.find(this.#options.openId())
    return conversation && visibleBranch(conversation, this.#turns.values()).at(-1)?.turn
  }

  #question(conversation: Conversation, parentId: string, text: string, blobs: readonly Blob[]): Turn {
    const { ports } = this.#options
    const images = blobs.map((blob) => ({ id: ports.newId(), blob }))
    const facts = { thinking: '', images, model: null, figures: null, state: { kind: 'done' } } as const
    return { ...this.#turnFacts(conversation.id, parentId), role: 'user', text, ...facts }
  }

  /** Stores a new question together with its answer, so that no tab reads one without the other. @returns whether it was accepted */
  #ask(question: Turn | undefined): boolean {
    const { library, connection, answers, ports } = this.#options
    const conversation = this.#idle()
    const model = conversation?.model ?? connection.models[0]?.name
    if (conversation === undefined || model === undefined || question?.role !== 'user') return false
    const { system, parameters } = conversation
    const device = connection.deviceFor(model)
    const asked = { system, parameters }
    const run = {
      name: ports.newId(),
      api: connection.api,
      ...(device !== undefined && { device }),
      offset: 0,
      asked,
    }
    const facts = {
      text: '',
      thinking: '',
      images: [],
      model,
      figures: null,
      state: { kind: 'running', run },
    } as const
    const turn: Turn = { ...this.#turnFacts(conversation.id, question.id), role: 'assistant', ...facts }
    const isNew = !this.#turns.has(question.id)
    library.put({ ...conversation, model }, isNew ? [question, turn] : [turn])
    answers.start(turn)
    return true
  }

  #turnFacts(conversationId: string, parentId: string) {
    const { ports } = this.#options
    return { id: ports.newId(), conversationId, parentId, createdAt: ports.now() }
  }
}
