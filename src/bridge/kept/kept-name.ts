import { AppError } from '../../shared/errors.ts'
import { headerOf, type RawHeaders } from '../../shared/headers.ts'
import { checkLength } from '../../shared/text-limits.ts'

/** The name under which a client wants its answer kept. */
export interface KeptName {
  readonly text: string
  /** A conversation has many turns under one name, so another body replaces the previous answer. */
  readonly isConversation: boolean
}

const PRINTABLE = /^[ -~]+$/
/** A string as the draft writes it (RFC 9651, section 3.3.3). Many clients leave the quotes out. */
const QUOTED = /^"((?:[^"\\]|\\["\\])+)"$/

export function asksToKeep(headers: RawHeaders): boolean {
  return valueIn(headers) !== undefined
}

/** @throws AppError BAD_REQUEST, TEXT_TOO_LONG */
export function keptNameIn(headers: RawHeaders): KeptName | undefined {
  const value = valueIn(headers)
  if (value === undefined) return undefined
  checkLength('keptName', value)
  const text = QUOTED.exec(value)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? value
  if (!PRINTABLE.test(text))
    throw new AppError(
      'BAD_REQUEST',
      'Idempotency-Key and X-Conversation-Id must be printable ASCII. Use a UUID, for example.',
    )
  return { text, isConversation: headerOf(headers, 'idempotency-key') === undefined }
}

function valueIn(headers: RawHeaders): string | undefined {
  return headerOf(headers, 'idempotency-key') ?? headerOf(headers, 'x-conversation-id')
}
