import { isLoopback } from '../bridge/dial/relay-address.ts'
import type { Relay } from '../relay/relay.ts'
import { AppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import type { Demo } from './demo.ts'
import type { Output } from './output.ts'
import type { BridgeSnapshot } from '../bridge/bridge-snapshot.ts'

/** The running desktop end of `start`: in this process, or in the app's. */
export interface DesktopEnd {
  /** Resolves when the tunnel is online for the first time. Rejects if it never will be. */
  readonly online: Promise<BridgeSnapshot>
  /** Resolves when its user has quit it. Rejects if it failed. */
  readonly over: Promise<void>
  /** The default key of the online bridge. @throws AppError */
  defaultKey(): Promise<string>
  close(): Promise<void>
}

/** Start parameters of the desktop end. */
export interface StartContext {
  readonly dataDir: string
  readonly relay: Relay
  /** The owner to pair this device for. */
  readonly owner: string
  /** As given by the option. */
  readonly upstreamUrl: string | undefined
  /** Only the demo model was requested. */
  readonly isDemoAsked: boolean
  readonly demo: Demo
  readonly logger: Logger
  readonly output: Output
}

/** The URL of the relay in this process, for local use. */
export function localUrlOf({ port }: Relay): string {
  return `http://127.0.0.1:${port}/`
}

/** A device paired with another relay is not taken over. @throws AppError CONFIG_INVALID */
export function refuseOtherRelay(relayUrl: string): void {
  if (isLoopback(new URL(relayUrl))) return
  throw new AppError(
    'CONFIG_INVALID',
    `--data-dir: this data directory is paired with ${relayUrl}. Run "cloudtolocalllm bridge", or choose another directory.`,
  )
}
