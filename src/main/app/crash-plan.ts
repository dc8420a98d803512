import type { ErrorCode } from '../../shared/errors.ts'

/** A crash after this time no longer counts as part of startup. */
const STARTED_AFTER_S = 60

export interface CrashFacts {
  readonly uptimeS: number
  /** The app was started by a command that will end it: `npm start`. */
  readonly hasParent: boolean
}

/** Reaction to an uncaught error. An app that crashes during startup must not restart forever. */
export function crashPlanFor({ uptimeS, hasParent }: CrashFacts): 'restart' | 'giveUp' {
  return uptimeS >= STARTED_AFTER_S && !hasParent ? 'restart' : 'giveUp'
}

/** Exit code after a failed start, the same as for commands. */
export function exitCodeFor(code: ErrorCode): number {
  return code === 'CONFIG_INVALID' ? 2 : 1
}
