import type { SystemProxy } from '../../bridge/dial/system-proxy.ts'
import type { PackageKind } from '../../bridge/updates/update-policy.ts'
import type { UpdaterPort } from '../../bridge/updates/updater-port.ts'
import type { Clock, Random } from '../../shared/clock.ts'
import type { Logger } from '../../shared/logger.ts'
import type { AppState } from '../view/app-state.ts'
import type { LaunchArgs } from './launch-args.ts'
import type { LoginItem, RelayHost, System } from './ports.ts'

export interface AppCoreOptions {
  readonly dataDir: string
  readonly args: LaunchArgs
  readonly platform: NodeJS.Platform
  /** BCP 47 tags, best first. */
  readonly systemLanguages: readonly string[]
  readonly system: System
  readonly loginItem: LoginItem
  readonly relayHost: RelayHost
  readonly hasTray: boolean
  readonly updater: UpdaterPort
  readonly packageKind: PackageKind
  readonly notesUrlFor: (version: string) => string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly env: NodeJS.ProcessEnv
  /** Applies the system's proxy to the environment. */
  readonly proxy: SystemProxy
  /** Called after the state has changed; changes within a short time are combined. */
  readonly onChange: (before: AppState, after: AppState) => void
  /** The next version takes over. */
  readonly onRelease: () => void
  /** The next version failed to take over, so this one stays. */
  readonly onResume: () => void
}
