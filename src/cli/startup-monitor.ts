import { AppError } from '../shared/errors.ts'
import { refuseOtherRelay } from './desktop-end.ts'
import { failIfBlocked } from './run-bridge.ts'
import type { BridgeSnapshot } from '../bridge/bridge-snapshot.ts'

/** Timeout without output from the app, or with output but without getting online. */
const TIMEOUT_MS = 60_000
/** Time to re-pair a device that the relay no longer knows. */
const BLOCKED_PATIENCE_MS = 3_000

/** This machine cannot show the app: it exited or hung before its first status. */
export class NoWindowError extends AppError {
  /** @param reason half a sentence */
  constructor(reason: string) {
    super('BRIDGE_STOPPED', `The app could not open (${reason})`)
  }
}

/** Monitors the app's startup by its own status. Times in milliseconds since an arbitrary point. */
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

  /** The app waits for its user: no timeout applies. */
  waitForUser(nowMs: number): void {
    this.#hasAnswered = true
    this.#since = nowMs
  }

  /**
   * Whether the app is online and knows its model server.
   * @param snapshot `null` if there is no status yet
   * @throws AppError if it never will be; `NoWindowError`
   */
  isDone(snapshot: BridgeSnapshot | null, nowMs: number): snapshot is BridgeSnapshot {
    if (snapshot !== null) {
      this.#hasAnswered = true
      if (snapshot.device !== null) refuseOtherRelay(snapshot.device.relayUrl)
      if (snapshot.tunnel.kind === 'online' && snapshot.upstream.kind !== 'unknown') return true
      this.#checkBlocked(snapshot, nowMs)
    }
    if (nowMs - this.#since > TIMEOUT_MS)
      throw this.#hasAnswered ? notOnline() : new NoWindowError('it does not respond')
    return false
  }

  #checkBlocked(snapshot: BridgeSnapshot, nowMs: number): void {
    if (snapshot.tunnel.kind !== 'blocked') this.#blockedAt = undefined
    else if (nowMs - (this.#blockedAt ??= nowMs) >= BLOCKED_PATIENCE_MS) failIfBlocked(snapshot)
  }
}

function notOnline(): AppError {
  return new AppError(
    'RELAY_UNREACHABLE',
    'The app opened, but did not go online within a minute. Its window shows the reason.',
  )
}
