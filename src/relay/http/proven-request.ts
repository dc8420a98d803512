import type { IncomingMessage } from 'node:http'
import { PROOF_FIELD } from '../../shared/device-proof.ts'
import type { ProvenRequest } from '../auth/token-verifier.ts'
import { passOf } from '../cluster/hop-pass.ts'

/** The parts of a request that a device signs. */
export function provenRequestOf(request: IncomingMessage): ProvenRequest {
  const { method = '', url = '', headers } = request
  const shown = headers[PROOF_FIELD]
  return {
    method,
    path: url.replace(/\?.*$/s, ''),
    proof: typeof shown === 'string' ? shown : undefined,
    isVouchedFor: passOf(request) !== undefined,
  }
}
