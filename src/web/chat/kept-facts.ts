import { isJsonObject } from '../../shared/json-object.ts'
import type { RelayRequest } from './relay-request.ts'

/** The desktop's description of an answer that it keeps (docs/kept-answers.md). */
export interface KeptFacts {
  readonly isDone: boolean
  /** Bytes of the model server. */
  readonly totalBytes: number
  /** The error that ended it early. */
  readonly errorCode: string | null
}

/** Asks for the description of an answer. Never rejects. @returns `null` if the desktop cannot be asked */
export async function lookUpKept(
  name: string,
  request: (path: string, request: RelayRequest) => Promise<Response>,
): Promise<'unknown' | KeptFacts | null> {
  const body = JSON.stringify({ conversation_ids: [name] })
  const response = await request('v1/streams/lookup', { method: 'POST', body }).catch(() => null)
  if (response?.ok !== true) return null
  const list: unknown = await response.json().catch(() => null)
  if (!Array.isArray(list)) return null
  const [entry] = list
  if (!isJsonObject(entry)) return 'unknown'
  return {
    isDone: entry['is_done'] === true,
    totalBytes: Number(entry['total_bytes']),
    errorCode: typeof entry['error'] === 'string' ? entry['error'] : null,
  }
}
