import { realpath } from 'node:fs/promises'
import { meet, type Handshake } from '../data-dir/control.ts'
import { controlPathFor } from '../data-dir/paths.ts'
import { requireOwnDir } from '../data-dir/ownership.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
import { checkWords } from './check-words.ts'
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

export function assessDataDir(dir: string, found: Occupancy | AppError): CheckResult {
  if (found instanceof AppError)
    return fail(
      'data-dir',
      checkWords('finding.dataDir.unusable', { dir, reason: found.words }),
      checkWords('fix.dataDir.unusable'),
    )
  switch (found.kind) {
    case 'absent':
      return ok('data-dir', checkWords('finding.dataDir.absent', { dir }))
    case 'nobody':
      return ok('data-dir', checkWords('finding.dataDir.free', { dir }))
    case 'held':
      return ok('data-dir', checkWords('finding.dataDir.inUse', { dir, pid: String(found.holder.pid) }))
    case 'silent':
      return warn('data-dir', checkWords('finding.dataDir.silent', { dir }), checkWords('fix.dataDir.silent'))
  }
}
