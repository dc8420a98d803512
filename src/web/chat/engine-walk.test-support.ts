/** A user with some tabs, and everything that can happen in between. */
import { KEY, OTHER_KEY } from './chat-engine.test-support.ts'
import { checkWorld } from './walk-checks.test-support.ts'
import type { CutKind } from './walk-connection.test-support.ts'
import { newWorld, validKeyIn, WalkPage, type WalkOptions, type World } from './walk-world.test-support.ts'

export interface Step {
  readonly act: Act
  readonly tab: number
  /** Decides what the act leaves open. */
  readonly pick: number
  /** Which channels deliver something afterwards. */
  readonly deliveries: readonly number[]
}

/** How often each act is taken. */
export const WEIGHTS = {
  send: 16,
  stop: 10,
  regenerate: 4,
  edit: 4,
  open: 8,
  create: 4,
  remove: 4,
  removeAll: 2,
  showBranch: 2,
  setSystem: 2,
  goBack: 2,
  reload: 6,
  freeze: 4,
  thaw: 6,
  cut: 8,
  offline: 2,
  online: 4,
  wake: 4,
  leave: 2,
  retry: 2,
  revokeKey: 1,
  failModel: 2,
  restartDesktop: 1,
  useKey: 2,
  deliverAll: 12,
  pass: 12,
} as const

export type Act = keyof typeof WEIGHTS

/** Printed with the act. */
type Result = string | number | undefined | void

/** Without a user of the tab. */
const PASSIVE = new Set<Act>(['thaw', 'cut', 'offline', 'online', 'deliverAll', 'pass'])
/** After these, answers may fail. */
const HARMFUL = new Set<Act>(['revokeKey', 'failModel', 'restartDesktop'])
/** In which tabs leave the conversation that they share. */
const SEPARATING = new Set<Act>(['create', 'remove', 'removeAll', 'goBack'])
const DELAYS_MS = [200, 1_000, 4_000, 16_000, 41_000]
const CUTS: readonly CutKind[] = ['break', 'end', 'error']

/** A user with some tabs, who does one thing after another. */
export class Walk {
  readonly #world: World
  readonly #tabs: WalkPage[]
  #questions = 0

  constructor(options: WalkOptions) {
    this.#world = newWorld(options)
    this.#tabs = Array.from({ length: options.tabs }, () => new WalkPage(this.#world))
  }

  get steps(): readonly string[] {
    return this.#world.record.steps
  }

  /** Lets the pages connect. */
  async begin(): Promise<void> {
    const { deliveries, options } = this.#world
    await deliveries.all()
    if (!options.isShared) return
    const [first, ...others] = this.#tabs
    if (first) this.#send(first)
    await deliveries.settled()
    for (let i = 0; i < 200 && others.some(({ engine }) => engine.view.conversations.length === 0); i++)
      await deliveries.next(i)
    for (const { engine } of others) engine.actions.openConversation(engine.view.conversations[0]?.id ?? '')
  }

  async take(step: Step): Promise<void> {
    const { deliveries } = this.#world
    const at = step.tab % this.#tabs.length
    const page = this.#tabs[at] as WalkPage
    const { isShared, isHarmful } = this.#world.options
    const isPossible = HARMFUL.has(step.act)
      ? isHarmful
      : PASSIVE.has(step.act) || !(page.isFrozen || (isShared && SEPARATING.has(step.act)))
    const result = isPossible ? await this.#acts[step.act](page, step.pick, at) : 'skipped'
    this.#note(`tab ${at}: ${step.act}${result === undefined ? '' : ` ${String(result)}`}`)
    await deliveries.settled()
    for (const pick of step.deliveries) await deliveries.next(pick)
  }

  readonly #acts: Record<Act, (page: WalkPage, pick: number, at: number) => Result | Promise<Result>> = {
    send: (page) => this.#send(page),
    stop: (page) => page.engine.actions.stop(),
    regenerate: (page, pick) => {
      const turn = pickedFrom(turnsOf(page, 'assistant'), pick)
      if (turn) page.engine.actions.regenerate(turn.id)
      return turn?.id
    },
    edit: (page, pick) => {
      const turn = pickedFrom(turnsOf(page, 'user'), pick)
      if (!turn) return undefined
      return this.#asks(page, (text) => page.engine.actions.edit(turn.id, text))
    },
    open: (page, pick) => {
      const id = pickedFrom(page.engine.view.conversations, pick)?.id
      if (id !== undefined) page.engine.actions.openConversation(id)
      return id
    },
    create: (page) => page.engine.actions.newConversation(),
    remove: (page, pick) => {
      const id = pickedFrom(page.engine.view.conversations, pick)?.id
      if (id !== undefined) page.engine.actions.remove(id)
      return id
    },
    removeAll: (page) => page.engine.actions.removeAll(),
    showBranch: (page, pick) => {
      const turn = pickedFrom(page.engine.view.open.turns, pick)
      if (turn) page.engine.actions.showBranch(turn.id, pick % turn.branch.count)
    },
    setSystem: (page, pick) => page.engine.actions.setSystem(`s${pick}`),
    goBack: (page) => page.goBack(),
    reload: async (page, pick, at) => {
      this.#world.record.areStopsSure = false
      if (pick % 2 === 0) page.leave()
      // The old page may live on for a while.
      if (pick % 3 > 0) await page.close(pick % 5)
      this.#tabs[at] = new WalkPage(this.#world, page.history.entries)
      return pick % 30
    },
    freeze: (page) => void (page.isFrozen = true),
    thaw: (page, pick) => {
      if (page.isFrozen && pick % 2 === 0) page.cut('break', false)
      page.isFrozen = false
      if (pick % 3 > 0) page.wake()
    },
    cut: (page, pick) => {
      const kind = pickedFrom(CUTS, pick) ?? 'break'
      page.cut(kind, pick % 2 === 0)
      return kind
    },
    offline: () => {
      this.#world.record.areStopsSure = false
      this.#world.desktop.isOffline = true
    },
    online: () => void (this.#world.desktop.isOffline = false),
    wake: (page) => page.wake(),
    leave: (page) => page.leave(),
    retry: (page) => page.engine.actions.retryNow(),
    revokeKey: (_page, pick) => {
      const { desktop } = this.#world
      if (desktop.validKeys.size === 2) desktop.revoke(pickedFrom([KEY, OTHER_KEY], pick) ?? KEY)
    },
    failModel: (_page, pick) => pickedFrom(this.#world.desktop.kept, pick)?.fail(),
    restartDesktop: () => this.#world.desktop.restart(),
    useKey: (page) => page.engine.actions.useKey(validKeyIn(this.#world)),
    deliverAll: () => this.#world.deliveries.all(),
    pass: (_page, pick) => this.#pass(pickedFrom(DELAYS_MS, pick) ?? 0),
  }

  #send(page: WalkPage): string {
    return this.#asks(page, (text) => page.engine.actions.send(text, []))
  }

  #asks({ engine }: WalkPage, ask: (text: string) => boolean): string {
    const { accepted, refused } = this.#world.record
    const text = `q${++this.#questions}`
    // Another one may be open afterwards.
    const { id } = engine.view.open
    const isAccepted = ask(text)
    if (isAccepted) accepted.set(text, id)
    else refused.push(text)
    return `${text} ${isAccepted}`
  }

  #note(step: string): void {
    this.#world.record.steps.push(step)
  }

  async #pass(delayMs: number): Promise<void> {
    const world = this.#world
    const until = world.time + delayMs
    // Networks do not hold a request back for seconds.
    if (delayMs > 1_000) for (const page of world.pages) await world.deliveries.allIn(`requests ${page.id}`)
    for (;;) {
      const due = world.pages.flatMap((page) => {
        const timer = page.timerBy(until)
        return timer ? [{ page, timer }] : []
      })
      const [next] = due.toSorted((a, b) => a.timer.dueAt - b.timer.dueAt)
      if (next === undefined) break
      world.time = Math.max(world.time, next.timer.dueAt)
      next.page.fire(next.timer)
      await world.deliveries.settled()
    }
    world.time = Math.max(world.time, until)
  }

  /** Lets everything through, and checks the result. */
  async end(): Promise<void> {
    this.#world.desktop.isOffline = false
    for (const page of this.#tabs) page.isFrozen = false
    await this.#calmDown()
    if (this.#tabs.some(({ engine }) => engine.view.access.kind !== 'ready')) {
      this.#tabs[0]?.engine.actions.useKey(validKeyIn(this.#world))
      await this.#calmDown()
    }
    await checkWorld(this.#world, this.#tabs)
    this.#note('all tabs: reload')
    for (const [at, page] of this.#tabs.entries()) {
      await page.close(0)
      this.#tabs[at] = new WalkPage(this.#world, page.history.entries)
    }
    await this.#calmDown()
    await checkWorld(this.#world, this.#tabs)
  }

  close(): void {
    this.#world.deliveries.close()
  }

  async #calmDown(): Promise<void> {
    for (let i = 0; i < 8; i++) {
      await this.#world.deliveries.all()
      await this.#pass(16_000)
    }
    await this.#world.deliveries.all()
  }
}

const turnsOf = ({ engine }: WalkPage, role: 'user' | 'assistant') =>
  engine.view.open.turns.filter((turn) => turn.role === role)

function pickedFrom<T>(list: readonly T[], pick: number): T | undefined {
  return list[pick % list.length]
}
