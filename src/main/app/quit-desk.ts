import type { Clock, Timer } from '../../shared/clock.ts'
import { mayClose, RUNNING, transition, type QuitEffect, type QuitEvent } from '../view/quit-plan.ts'
import { quitQuestionFor } from '../view/quit-question.ts'
import type { System } from './ports.ts'

export interface QuitDeskOptions {
  readonly clock: Clock
  readonly system: Pick<System, 'ask'>
  readonly activeRequests: () => number
  readonly drain: (isDraining: boolean) => void
  readonly hideWindow: () => void
  /** Ends everything, then the process. */
  readonly exit: () => void
}

/** Acts on what the quit plan says. Whoever wants the app to end says so here. */
export class QuitDesk {
  readonly #options: QuitDeskOptions
  #state = RUNNING
  #deadline: Timer | undefined

  constructor(options: QuitDeskOptions) {
    this.#options = options
  }

  /** Whether the system's own closing of the window is let through. */
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
        return void this.#ask(effect.activeRequests)
      case 'drain':
        return drain(true)
      case 'deadlineAfter':
        this.#deadline = clock.after(effect.delayMs, () => this.send({ type: 'deadline' }))
        return
      case 'quit':
        return exit()
    }
  }

  async #ask(activeRequests: number): Promise<void> {
    const { message, detail, buttons } = quitQuestionFor(activeRequests)
    const labels = buttons.map(({ label }) => label)
    const cancelButton = buttons.findIndex(({ answer }) => answer === 'cancel')
    const pressed = await this.#options.system.ask({ message, detail, buttons: labels, cancelButton })
    const answer = buttons[pressed]?.answer ?? 'cancel'
    this.send({ type: 'answered', answer, activeRequests: this.#options.activeRequests() })
  }
}
