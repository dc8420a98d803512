import type { ErrorCode } from '../../shared/errors.ts'

/** After this long a crash is no longer part of starting. */
const STARTED_AFTER_S = 60

export interface CrashFacts {
  readonly uptimeS: number
  /** A command started the app, and ends it: `npm start`. */
  readonly hasParent: boolean
}

/** What to do about an error that nobody caught. An app that crashes as it starts would start for ever. */
export function crashPlanFor({ uptimeS, hasParent }: CrashFacts): 'restart' | 'giveUp' {
  return uptimeS >= STARTED_AFTER_S && !hasParent ? 'restart' : 'giveUp'
}

/** How a start that failed ends the process: as the commands do it. */
export function exitCodeFor(code: ErrorCode): number {
  return code === 'CONFIG_INVALID' ? 2 : 1
}
