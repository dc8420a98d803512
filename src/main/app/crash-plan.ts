import type { ErrorCode } from '../../shared/errors.ts'

/** A crash after this time is not a failure to start. */
const STARTED_AFTER_S = 60

export interface CrashFacts {
  readonly uptimeS: number
  /** A command such as `npm start` started the app and stops it. */
  readonly hasParent: boolean
}

/** Response to an uncaught exception. A crash during start does not restart the app, which could loop. */
export function crashPlanFor({ uptimeS, hasParent }: CrashFacts): 'restart' | 'giveUp' {
  return uptimeS >= STARTED_AFTER_S && !hasParent ? 'restart' : 'giveUp'
}

/** Exit code for a failed start, as for CLI commands. */
export function exitCodeFor(code: ErrorCode): number {
  return code === 'CONFIG_INVALID' ? 2 : 1
}
