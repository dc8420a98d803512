import type { BridgeSnapshot } from '../bridge/bridge.ts'
import { AppError } from '../shared/errors.ts'
import { refuseOtherRelay } from './desktop-end.ts'
import { failIfBlocked } from './run-bridge.ts'

/** Without a word from the app, or with words but not online. */
const TIMEOUT_MS = 60_000
/** A device that the relay knows no more is paired anew, which takes a moment. */
const BLOCKED_PATIENCE_MS = 3_000

/** This machine cannot show the app: it ended, or hung, before it said a word. */
export class NoWindowError extends AppError {
  /** @param reason half a sentence */
  constructor(reason: string) {
    super('BRIDGE_STOPPED', `The app could not open (${reason})`)
  }
}

/** Judges how far the app has come, by what it says of itself. Times in milliseconds from some fixed point. */
export class StartupMonitor {
  #since: number
  #blockedAt: number | undefined
  #hasAnswered = false

  constructor(nowMs: number) {
    this.#since = nowMs
  }

  get hasAnswered(): boolean {
    return this.#hasAnswered
  }

  /** The app waits for its user, for as long as that takes. */
  waitForUser(nowMs: number): void {
    this.#hasAnswered = true
    this.#since = nowMs
  }

  /**
   * Whether it is online and knows its model server.
   * @param snapshot `null` = nothing was heard
   * @throws AppError why it never will be; `NoWindowError`
   */
  isDone(snapshot: BridgeSnapshot | null, nowMs: number): snapshot is BridgeSnapshot {
    if (snapshot !== null) {
      this.#hasAnswered = true
      if (snapshot.device !== null) refuseOtherRelay(snapshot.device.relayUrl)
      if (snapshot.tunnel.kind === 'online' && snapshot.upstream.kind !== 'unknown') return true
      this.#judgeBlocked(snapshot, nowMs)
    }
    if (nowMs - this.#since > TIMEOUT_MS)
      throw this.#hasAnswered ? notOnline() : new NoWindowError('it does not answer')
    return false
  }

  #judgeBlocked(snapshot: BridgeSnapshot, nowMs: number): void {
    if (snapshot.tunnel.kind !== 'blocked') this.#blockedAt = undefined
    else if (nowMs - (this.#blockedAt ??= nowMs) >= BLOCKED_PATIENCE_MS) failIfBlocked(snapshot)
  }
}

function notOnline(): AppError {
  return new AppError(
    'RELAY_UNREACHABLE',
    'The app is open, but did not get online within a minute. It says why.',
  )
}
