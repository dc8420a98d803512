import { realpath } from 'node:fs/promises'
import { meet, type Handshake } from '../data-dir/control.ts'
import { controlPathFor } from '../data-dir/paths.ts'
import { requireOwnDir } from '../data-dir/ownership.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import { joinWords } from '../../shared/words.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
import { systemErrorCode } from '../../shared/system-error.ts'

/** The owner of a data directory. `absent`: the directory does not exist yet. */
export type Occupancy =
  | { readonly kind: 'absent' | 'nobody' | 'silent' }
  | { readonly kind: 'held'; readonly holder: Handshake }

/**
 * Checks without creating or owning anything.
 * @throws AppError INTERNAL if access is denied; CONFIG_INVALID if others can write to it
 */
export async function occupancyOf(dataDir: string): Promise<Occupancy> {
  try {
    const realDir = await realpath(dataDir)
    await requireOwnDir(dataDir)
    const meeting = await meet(controlPathFor(realDir))
    if (meeting.kind !== 'met') return meeting
    meeting.caller.hangUp()
    return { kind: 'held', holder: meeting.holder }
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return { kind: 'absent' }
    throw toAppError(cause)
  }
}

/** Whether the owner is a bridge, and not a command that will finish soon. */
export function isBridge(found: Occupancy | AppError): boolean {
  return !(found instanceof AppError) && found.kind === 'held' && !found.holder.passing
}

export function assessDataDir(dataDir: string, found: Occupancy | AppError): CheckResult {
  if (found instanceof AppError)
    return fail('data-dir', joinWords(`${dataDir} cannot be used:`, found.words), {
      cli: 'Fix or remove the named file or directory; everything must belong to your user. Use --data-dir to choose another directory.',
      app: 'Fix or remove the named file or directory; everything must belong to your user.',
    })
  switch (found.kind) {
    case 'absent':
      return ok('data-dir', `${dataDir} does not exist yet.`)
    case 'nobody':
      return ok('data-dir', `No bridge is running with ${dataDir}.`)
    case 'held':
      return ok('data-dir', `A bridge is running with ${dataDir} (process ${found.holder.pid}).`)
    case 'silent':
      return warn(
        'data-dir',
        `A process holds ${dataDir} but does not respond.`,
        'If this continues, stop the hanging bridge and start it again.',
      )
  }
}
