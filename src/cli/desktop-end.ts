import type { BridgeSnapshot } from '../bridge/bridge.ts'
import { isLoopback } from '../bridge/dial/relay-address.ts'
import type { Relay } from '../relay/relay.ts'
import { AppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import type { Demo } from './demo.ts'
import type { Output } from './output.ts'

/** The desktop end of `start`, running: in this process, or in the app's. */
export interface DesktopEnd {
  /** Resolves when the tunnel is online for the first time. Rejects with why it never will be. */
  readonly online: Promise<BridgeSnapshot>
  /** Resolves when its user has ended it. Rejects with why it could not go on. */
  readonly over: Promise<void>
  /** Of the bridge that is online. @throws AppError */
  defaultKey(): Promise<string>
  close(): Promise<void>
}

/** What a desktop end is started with. */
export interface StartContext {
  readonly dataDir: string
  readonly relay: Relay
  /** Whom the relay is to pair this device for. */
  readonly owner: string
  /** As the option names it. */
  readonly upstreamUrl: string | undefined
  /** Nothing but the demo model is wanted. */
  readonly isDemoAsked: boolean
  readonly demo: Demo
  readonly logger: Logger
  readonly output: Output
}

/** The relay that runs in this process, from here. */
export function localUrlOf({ port }: Relay): string {
  return `http://127.0.0.1:${port}/`
}

/** A device that is somebody's elsewhere is not to be taken over. @throws AppError CONFIG_INVALID */
export function refuseOtherRelay(relayUrl: string): void {
  if (isLoopback(new URL(relayUrl))) return
  throw new AppError(
    'CONFIG_INVALID',
    `--data-dir: this data directory is paired with ${relayUrl}. Run "npx cloudtolocalllm bridge", or choose another directory.`,
  )
}
