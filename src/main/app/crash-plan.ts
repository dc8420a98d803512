import type { ErrorCode } from '../../shared/errors.ts'

/** After this long a crash is no longer part of starting. */
const STARTED_AFTER_S = 60

/** What to do about an error that nobody caught. An app that crashes as it starts would start for ever. */
export function crashPlanFor(uptimeS: number): 'restart' | 'giveUp' {
  return uptimeS >= STARTED_AFTER_S ? 'restart' : 'giveUp'
}

/** How a start that failed ends the process: as the commands do it. */
export function exitCodeFor(code: ErrorCode): number {
  return code === 'CONFIG_INVALID' ? 2 : 1
}
