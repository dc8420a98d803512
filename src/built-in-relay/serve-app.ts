import { parseRelayConfig } from '../relay/config.ts'
import { startRelay, type Relay } from '../relay/relay.ts'
import type {
  BuiltInRelayCommand,
  BuiltInRelayEvent,
  BuiltInRelaySettings,
} from '../shared/built-in-relay.ts'
import { toAppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import { systemClock } from '../tunnel/system-clock.ts'

export interface ServeAppOptions {
  readonly logger: Logger
  readonly tell: (event: BuiltInRelayEvent) => void
  /** Ends the process. */
  readonly exit: () => void
}

/** The app has let its requests finish before it stops the relay. */
const DRAIN_MS = 1_000

/** Runs one relay for the app. @returns handles the app's commands */
export function serveApp({ logger, tell, exit }: ServeAppOptions): (command: BuiltInRelayCommand) => void {
  let running: Promise<Relay | undefined> = Promise.resolve(undefined)
  const start = async (settings: BuiltInRelaySettings): Promise<Relay | undefined> => {
    try {
      // Without the environment: its variables are for relays that users start themselves.
      const config = parseRelayConfig({ ...settings, drainMs: DRAIN_MS }, {})
      const relay = await startRelay({ config, clock: systemClock, logger, onPairingCode: () => {} })
      tell({ kind: 'listening', pairingCode: relay.mintPairingCode(config.owner) })
      return relay
    } catch (cause) {
      const { code, message } = toAppError(cause)
      tell({ kind: 'failed', code, message })
      return undefined
    }
  }
  return (command) => {
    switch (command.kind) {
      case 'start':
        running = start(command.settings)
        return
      case 'stop':
        void running.then((relay) => relay?.close()).finally(exit)
    }
  }
}
