import { createHash } from 'node:crypto'
import { headerOf } from '../../shared/headers.ts'
import type { RequestHead } from '../../shared/proxy-head.ts'
import { formParts } from '../policy/multipart-form.ts'
import { nextTurn } from '../policy/work-turns.ts'

const SLICE_BYTES = 1024 * 1024

/**
 * Identifies a repeated request by its method, target and body. In a form only the names and contents of the parts
 * count, since clients use a new boundary each time.
 */
export async function digestOfRequest(
  { method, target, headers }: RequestHead,
  body: Uint8Array,
  isForm: boolean,
): Promise<string> {
  const parts = isForm
    ? formParts(headerOf(headers, 'content-type'), body)
    : [{ name: undefined, content: body }]
  const hash = createHash('sha256')
  hash.update(JSON.stringify([method, target, ...parts.map(({ name, content }) => [name, content.length])]))
  for (const { content } of parts)
    for (let at = 0; at < content.length; at += SLICE_BYTES) {
      if (at > 0) await nextTurn()
      hash.update(content.subarray(at, at + SLICE_BYTES))
    }
  return hash.digest('base64url')
}
