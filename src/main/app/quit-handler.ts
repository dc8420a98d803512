import type { Clock, Timer } from '../../shared/clock.ts'
import type { Logger } from '../../shared/logger.ts'
import {
  mayClose,
  RUNNING,
  transition,
  type QuitAnswer,
  type QuitEffect,
  type QuitEvent,
} from '../view/quit-plan.ts'
import { quitQuestionFor } from '../view/quit-question.ts'
import type { ViewWords } from '../view/words/view-words.ts'
import type { System } from './ports.ts'

export interface QuitHandlerOptions {
  readonly clock: Clock
  readonly system: Pick<System, 'ask'>
  readonly logger: Logger
  readonly words: () => ViewWords
  readonly activeRequests: () => number
  readonly drain: (isDraining: boolean) => void
  readonly hideWindow: () => void
  /** Shuts the app down and exits the process. */
  readonly exit: () => void
}

/** Runs the effects of the quit plan. Every request to quit goes through here. */
export class QuitHandler {
  readonly #options: QuitHandlerOptions
  #state = RUNNING
  #deadline: Timer | undefined

  constructor(options: QuitHandlerOptions) {
    this.#options = options
  }

  /** Whether the system may close the window. */
  get mayClose(): boolean {
    return mayClose(this.#state)
  }

  quit(): void {
    this.send({ type: 'quit', activeRequests: this.#options.activeRequests() })
  }

  closeWindow(hasTray: boolean): void {
    this.send({ type: 'closeWindow', hasTray, activeRequests: this.#options.activeRequests() })
  }

  send(event: QuitEvent): void {
    const { state, effects } = transition(this.#state, event)
    if (state !== this.#state) this.#deadline?.cancel()
    this.#state = state
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: QuitEffect): void {
    const { clock, drain, hideWindow, exit } = this.#options
    switch (effect.type) {
      case 'hideWindow':
        return hideWindow()
      case 'ask':
        return void this.#ask(effect.activeRequests).then((answer) => this.#answered(answer))
      case 'drain':
        return drain(true)
      case 'deadlineAfter':
        this.#deadline = clock.after(effect.delayMs, () => this.send({ type: 'deadline' }))
        return
      case 'quit':
        return exit()
    }
  }

  async #ask(activeRequests: number): Promise<QuitAnswer> {
    const { system, logger, words } = this.#options
    const { message, detail, buttons } = quitQuestionFor(words(), activeRequests)
    const labels = buttons.map(({ label }) => label)
    const cancelButton = buttons.findIndex(({ answer }) => answer === 'cancel')
    try {
      const pressed = await system.ask({ message, detail, buttons: labels, cancelButton })
      return buttons[pressed]?.answer ?? 'cancel'
    } catch (cause) {
      // If the question cannot be shown, quit in the way that loses nothing.
      logger.error({ err: cause }, 'quit dialog failed')
      return 'quitWhenFinished'
    }
  }

  #answered(answer: QuitAnswer): void {
    this.send({ type: 'answered', answer, activeRequests: this.#options.activeRequests() })
  }
}
