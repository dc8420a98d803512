import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Answer, AppApi, PageId, RequestName, ResultOf } from '../shared/ipc/contract.ts'
import type { ActionView } from '../shared/ipc/view.ts'
import type { Locale } from '../shared/i18n/language.ts'
import { windowWordsFor } from './words/window-words.ts'

declare global {
  interface Window {
    readonly app: AppApi
  }
}

const COPIED_MS = 2_000

/** Sends requests to the main process, and keeps what all pages share: the open page, notices, running tasks. */
export class Shell {
  page: PageId = 'status'
  /** The last failure, until it is dismissed. */
  notice: string | null = null
  /** For screen readers. */
  announcement = ''
  words = windowWordsFor({ language: 'en', tag: 'en' })
  #copied: string | null = null
  readonly #busy = new Set<string>()
  readonly #redraw: () => void

  constructor(redraw: () => void) {
    this.#redraw = redraw
  }

  /** Changes the language of the window. */
  speak(locale: Locale): void {
    const { language, tag } = this.words.locale
    if (language === locale.language && tag === locale.tag) return
    this.words = windowWordsFor(locale)
    document.documentElement.lang = locale.language
  }

  /** A notice belongs to the page that it appeared on. */
  show(page: PageId): void {
    this.page = page
    this.tell(null)
  }

  /** For failures that the caller shows. */
  readonly request: AppApi['request'] = (name, ...payload) =>
    this.#settle(window.app.request(name, ...payload))

  /** Shows a failure as a notice. */
  readonly ask: AppApi['request'] = async (name, ...payload) => {
    const answer = await this.request(name, ...payload)
    if (!answer.ok) this.tell(answer.error.message)
    return answer
  }

  tell(notice: string | null): void {
    this.notice = notice
    this.#redraw()
  }

  announce(text: string): void {
    this.announcement = text
    this.#redraw()
  }

  isBusy(task: string): boolean {
    return this.#busy.has(task)
  }

  /** Runs one task at a time under each name; does nothing while it runs. */
  readonly run = (task: string, work: () => Promise<unknown>): void => {
    if (this.#busy.has(task)) return
    this.#busy.add(task)
    this.#redraw()
    void work().finally(() => {
      this.#busy.delete(task)
      this.#redraw()
    })
  }

  /** Performs the action of a view's button. */
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
      this.announce(this.words.t('button.copied'))
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
      const message = this.words.t('app.silent')
      return { ok: false, error: { code: 'INTERNAL', message } }
    }
  }
}

export const ShellContext = createContext<Shell | null>(null)

/** @throws {Error} outside of the window, which is a mistake in the program */
export function useShell(): Shell {
  const shell = useContext(ShellContext)
  if (shell === null) throw new Error('no shell around this component')
  return shell
}
