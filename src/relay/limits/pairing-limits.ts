import type { Eventual } from '../../shared/eventual.ts'
import { networkOf } from '../../front/client-address.ts'
import type { CreateLimiter, SlidingWindow } from './sliding-window.ts'

const MINUTE_S = 60
const TRIES_PER_ADDRESS = 5
/**
 * Limit per network that a provider assigns as a block, so one provider's users do not use up the limit for everyone.
 */
const TRIES_PER_NETWORK = 60
const FIRST_TRIES = 300
const FURTHER_TRIES = 60
const MISTAKES = 2
const MISTAKES_WINDOW_S = 600
/** Blocks assigned by a provider. */
const OF_PROVIDER = { v4: 24, v6: 48 }
const EVERYONE = 'everyone'

/** An attempt with a code. */
export interface PairingTry {
  /** The code was correct: the attempt does not count. */
  readonly right: () => Promise<void>
  readonly wrong: () => Eventual<void>
}

/**
 * Limits pairing attempts. Clients with more than two recent mistakes share a small part of the total, so guessing from
 * many addresses does not block users who know the code.
 */
export class PairingLimits {
  readonly #perAddress: SlidingWindow
  readonly #perNetwork: SlidingWindow
  readonly #first: SlidingWindow
  readonly #further: SlidingWindow
  readonly #mistakes: SlidingWindow
  readonly #here: SlidingWindow

  /** @param createLocal for limits of this relay only, which apply regardless of shared counters */
  constructor(create: CreateLimiter, createLocal: CreateLimiter) {
    this.#perAddress = create('pairing', TRIES_PER_ADDRESS, MINUTE_S)
    this.#perNetwork = create('pairing-network', TRIES_PER_NETWORK, MINUTE_S)
    this.#first = create('pairing-first', FIRST_TRIES, MINUTE_S)
    this.#further = create('pairing-further', FURTHER_TRIES, MINUTE_S)
    this.#mistakes = create('pairing-mistakes', MISTAKES, MISTAKES_WINDOW_S)
    this.#here = createLocal('pairing-here', FIRST_TRIES + FURTHER_TRIES, MINUTE_S)
  }

  /**
   * Counts an attempt before the code is checked, so parallel guesses count too.
   * @throws AppError PAIRING_LOCKED
   */
  async enter(remoteAddress: string): Promise<PairingTry> {
    const address = networkOf(remoteAddress)
    const network = networkOf(remoteAddress, OF_PROVIDER)
    await this.#perAddress.take(address, 'PAIRING_LOCKED')
    await this.#perNetwork.take(network, 'PAIRING_LOCKED')
    const overall = (await this.#isMistaken(address)) ? this.#further : this.#first
    await overall.take(EVERYONE, 'PAIRING_LOCKED')
    await this.#here.take(EVERYONE, 'PAIRING_LOCKED')
    return {
      wrong: () => this.#mistakes.note(address),
      right: async () => {
        await Promise.all([this.#perAddress.forget(address), this.#mistakes.forget(address)])
        await this.#perNetwork.giveBack(network)
        await Promise.all([overall.giveBack(EVERYONE), this.#here.giveBack(EVERYONE)])
      },
    }
  }

  async #isMistaken(address: string): Promise<boolean> {
    try {
      await this.#mistakes.check(address, 'PAIRING_LOCKED')
      return false
    } catch {
      return true
    }
  }
}
