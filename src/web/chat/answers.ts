import { AnswerRun, type RunUpdate } from './answer-run.ts'
import type { TurnFigures, TurnState, WaitReason } from './chat-view.ts'
import type { Connection } from './connection.ts'
import { isFinal, type RunPosition, type StoredState, type Turn } from './conversation.ts'
import type { ChatPorts } from './ports.ts'

/** Lets one tab at a time obtain an answer. */
export interface TabLocks {
  /** Runs `act` once no other tab of this browser holds the lock, and holds it meanwhile. */
  hold(name: string, signal: AbortSignal, act: () => Promise<void>): Promise<void>
}

export interface AnswersOptions {
  readonly ports: ChatPorts
  readonly locks: TabLocks
  /** The key that has requested this answer, or will. */
  readonly keyFor: (turn: Turn) => string | null
  readonly connection: Pick<Connection, 'isLoaded' | 'deviceNow' | 'kick'>
  /** The body of the request for this turn. */
  readonly bodyFor: (turn: Turn, position: RunPosition) => Promise<string>
  /** The turn as it is stored now: another tab may have continued it. */
  readonly stored: (turn: Turn) => Promise<Turn | undefined>
  readonly onTurn: (turn: Turn, isLasting: boolean) => void
  /** The key of this answer's requests, which may have been replaced since they began. */
  readonly onKeyRefused: (key: string) => void
}

interface Live {
  turn: Turn
  run: AnswerRun | null
  wait: WaitReason | null
  since: number
  savedAt: number
  readonly cancel: AbortController
}

/** How often a growing answer is stored. */
const SAVE_EVERY_MS = 1_000

/** The answers in progress. */
export class Answers {
  readonly #options: AnswersOptions
  readonly #live = new Map<string, Live>()

  constructor(options: AnswersOptions) {
    this.#options = options
  }

  /** Whether this page or another tab obtains an answer of the conversation. */
  isRunning(conversationId: string): boolean {
    return [...this.#live.values()].some(({ turn }) => turn.conversationId === conversationId)
  }

  get isAnyRunning(): boolean {
    return this.#live.size > 0
  }

  /** The state for the view, with what only this page knows. */
  stateOf(turn: Turn): TurnState {
    const live = this.#live.get(turn.id)
    if (turn.state.kind === 'failed') {
      const { problem, canContinue } = turn.state
      return { kind: 'failed', problem, canContinue }
    }
    if (turn.state.kind !== 'running') return turn.state
    if (live?.wait) return { kind: 'waiting', for: live.wait, since: live.since }
    return { kind: 'streaming' }
  }

  /** Obtains the answer `turn`, whose state is `running`: in this tab, or in this one once another tab has ended. */
  start(turn: Turn): void {
    if (this.#live.has(turn.id)) return
    const now = this.#options.ports.now()
    const live: Live = {
      turn,
      run: null,
      wait: { kind: 'answer' },
      since: now,
      savedAt: now,
      cancel: new AbortController(),
    }
    this.#live.set(turn.id, live)
    const running = this.#options.locks.hold(`answer:${turn.id}`, live.cancel.signal, () =>
      this.#obtain(live),
    )
    void running.catch(() => {}).finally(() => this.#ended(live))
  }

  /** The network or the page is back. */
  kick(): void {
    for (const { run } of this.#live.values()) run?.kick()
  }

  /** Stops the model, and keeps the text so far. */
  stop(turn: Turn): void {
    const live = this.#live.get(turn.id)
    this.#stopModel(turn)
    if (live !== undefined) this.#options.onTurn({ ...live.turn, state: { kind: 'stopped' } }, true)
  }

  /** Stops the models of conversations that are deleted. */
  abandon(isDeleted: (conversationId: string) => boolean): void {
    for (const { turn } of this.#live.values()) if (isDeleted(turn.conversationId)) this.#stopModel(turn)
  }

  /** Stores what has been received, since the page may end. */
  save(): void {
    for (const { turn, run } of this.#live.values()) if (run !== null) this.#options.onTurn(turn, true)
  }

  /** Another tab has stored the turn: it obtains the answer, or has stopped it. */
  followed(turn: Turn): void {
    const live = this.#live.get(turn.id)
    if (turn.state.kind === 'running') {
      if (live === undefined) return this.start(turn)
      // The bytes that this tab has received are newer than the stored ones.
      if (live.run !== null) return this.#options.onTurn(live.turn, false)
      live.turn = turn
      live.wait = null
      return
    }
    if (live === undefined) return
    this.#live.delete(turn.id)
    live.cancel.abort()
    // A request of this tab may have run the model again before this tab learned of the stop.
    if (turn.state.kind === 'stopped') void live.run?.stop()
    else live.run?.leave()
    this.#options.onTurn(turn, false)
  }

  /** Another tab may be the one that obtains the answer. */
  #stopModel(turn: Turn): void {
    const live = this.#live.get(turn.id)
    const position = positionOf(turn)
    this.#live.delete(turn.id)
    live?.cancel.abort()
    void (live?.run ?? (position && this.#runFor(turn, position, () => {})))?.stop()
  }

  async #obtain(live: Live): Promise<void> {
    const turn = await this.#options.stored(live.turn)
    if (turn === undefined || live.cancel.signal.aborted) return
    live.turn = turn
    // The tab that held the lock has ended it.
    if (turn.state.kind !== 'running') return
    live.run = this.#runFor(turn, turn.state.run, (update) => this.#update(live, update))
    await live.run.run()
  }

  #runFor(turn: Turn, position: RunPosition, onUpdate: (update: RunUpdate) => void): AnswerRun {
    const { ports, connection, onKeyRefused } = this.#options
    const key = this.#options.keyFor(turn) ?? ''
    return new AnswerRun({
      ports,
      key,
      position,
      isModelLoaded: connection.isLoaded(turn.model),
      deviceNow: () => connection.deviceNow(turn.model ?? ''),
      body: () => this.#bodyOf(turn, position),
      onUpdate: (update) => {
        onUpdate(update)
        if (update.kind !== 'failed') return
        if (update.problem.kind === 'keyRefused') onKeyRefused(key)
        // The model may have been removed.
        else connection.kick()
      },
    })
  }

  async #bodyOf(turn: Turn, position: RunPosition): Promise<string> {
    const body = await this.#options.bodyFor(turn, position)
    // A tab that was frozen does not know yet that another one has stopped the answer. Asking again would run the model.
    const stored = await this.#options.stored(turn)
    if (stored !== undefined && isFinal(stored)) this.followed(stored)
    return body
  }

  #update(live: Live, update: RunUpdate): void {
    switch (update.kind) {
      case 'waiting':
        return this.#waits(live, update.for)
      case 'text':
        return this.#grows(live, update)
      case 'figures':
        return this.#counts(live, update.figures)
      case 'moved':
        return this.#moves(live, update.device)
      case 'done':
        return this.#become(live, { kind: 'done' })
      case 'failed':
        return this.#fails(live, update)
    }
  }

  #waits(live: Live, reason: WaitReason): void {
    const isFirst = reason.kind === 'answer' || reason.kind === 'modelLoading'
    if (isFirst) live.since = live.turn.createdAt
    else if (live.wait?.kind !== reason.kind) live.since = this.#options.ports.now()
    live.wait = reason
    this.#show(live, live.turn, false)
  }

  #grows(live: Live, { text, thinking, offset, tag }: Extract<RunUpdate, { kind: 'text' }>): void {
    const { turn } = live
    if (turn.state.kind !== 'running') return
    const now = this.#options.ports.now()
    const isDue = now - live.savedAt >= SAVE_EVERY_MS
    if (isDue) live.savedAt = now
    live.wait = null
    const state: StoredState = { kind: 'running', run: { ...turn.state.run, offset, tag } }
    this.#show(live, { ...turn, text: turn.text + text, thinking: turn.thinking + thinking, state }, isDue)
  }

  #moves(live: Live, device: string): void {
    const { turn } = live
    if (turn.state.kind !== 'running') return
    this.#show(live, { ...turn, state: { kind: 'running', run: { ...turn.state.run, device } } }, true)
  }

  #counts(
    live: Live,
    { tokens, promptTokens, tokensPerS }: Extract<RunUpdate, { kind: 'figures' }>['figures'],
  ): void {
    if (tokens === null) return
    const durationMs = this.#options.ports.now() - live.turn.createdAt
    const figures: TurnFigures = { tokens, promptTokens, tokensPerS, durationMs }
    this.#show(live, { ...live.turn, figures }, false)
  }

  #fails(live: Live, { problem, canContinue }: Extract<RunUpdate, { kind: 'failed' }>): void {
    const run = positionOf(live.turn)
    if (run !== null) this.#become(live, { kind: 'failed', canContinue, run, problem })
  }

  #become(live: Live, state: StoredState): void {
    // First, so that the conversation is not running in the next view.
    this.#live.delete(live.turn.id)
    this.#show(live, { ...live.turn, state }, true)
  }

  #show(live: Live, turn: Turn, isLasting: boolean): void {
    live.turn = turn
    this.#options.onTurn(turn, isLasting)
  }

  #ended(live: Live): void {
    if (this.#live.get(live.turn.id) !== live) return
    this.#live.delete(live.turn.id)
    this.#options.onTurn(live.turn, false)
  }
}

/** Where the answer continues; `null` if it has ended. */
export function positionOf({ state }: Turn): RunPosition | null {
  return state.kind === 'running' || state.kind === 'failed' ? state.run : null
}
