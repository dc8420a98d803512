import type { Answer, AppApi, PageId, RequestName, ResultOf } from '../shared/ipc/contract.ts'
import type { ActionView } from '../shared/ipc/view.ts'

declare global {
  interface Window {
    readonly app: AppApi
  }
}

const COPIED_MS = 2_000

/** What every page stands on: asks the main process, tells what went wrong, and has the window drawn again. */
export class Shell {
  page: PageId = 'status'
  /** What went wrong last, until it is dismissed. */
  notice: string | null = null
  /** What was done, for those who hear the window. */
  announcement = ''
  #copied: string | null = null
  readonly #busy = new Set<string>()
  readonly #redraw: () => void

  constructor(redraw: () => void) {
    this.#redraw = redraw
  }

  /** To be called after a change of what a page keeps. */
  redraw(): void {
    this.#redraw()
  }

  show(page: PageId): void {
    this.page = page
    this.redraw()
  }

  /** For failures that are told where they happen. */
  readonly request: AppApi['request'] = (name, ...payload) =>
    this.#settle(window.app.request(name, ...payload))

  /** For failures that are told in a notice. */
  readonly ask: AppApi['request'] = async (name, ...payload) => {
    const answer = await this.request(name, ...payload)
    if (!answer.ok) this.tell(answer.error.message)
    return answer
  }

  tell(notice: string | null): void {
    this.notice = notice
    this.redraw()
  }

  announce(text: string): void {
    this.announcement = text
    this.redraw()
  }

  isBusy(task: string): boolean {
    return this.#busy.has(task)
  }

  /** Does one thing at a time under each name. */
  readonly run = (task: string, work: () => Promise<unknown>): void => {
    if (this.#busy.has(task)) return
    this.#busy.add(task)
    this.redraw()
    void work().finally(() => {
      this.#busy.delete(task)
      this.redraw()
    })
  }

  act({ id }: ActionView): void {
    this.run(id, () => this.ask('action.run', id))
  }

  /** Whether this was copied a moment ago. */
  hasCopied(what: string): boolean {
    return this.#copied === what
  }

  copy(what: string, work: () => Promise<Answer<unknown>>): void {
    this.run(`copy ${what}`, async () => {
      const { ok } = await work()
      if (!ok) return
      this.#copied = what
      this.announce('Copied')
      setTimeout(() => {
        if (this.#copied === what) this.#copied = null
        this.announce('')
      }, COPIED_MS)
    })
  }

  async #settle<Name extends RequestName>(
    asked: Promise<Answer<ResultOf<Name>>>,
  ): Promise<Answer<ResultOf<Name>>> {
    try {
      return await asked
    } catch {
      const message = 'The app did not answer. Please quit it and start it again.'
      return { ok: false, error: { code: 'INTERNAL', message } }
    }
  }
}
