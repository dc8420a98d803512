import type { RequestHead } from '../../shared/proxy-head.ts'
import { keptNameIn, type KeptName } from '../kept/kept-name.ts'
import { digestOfRequest } from '../kept/request-digest.ts'

/** The client's name for the request that creates a job: repeating the same request with it returns the same job. */
export interface NamedRequest extends KeptName {
  readonly digest: string
}

/** @throws AppError BAD_REQUEST, TEXT_TOO_LONG */
export async function namedRequestIn(head: RequestHead, body: Uint8Array): Promise<NamedRequest | undefined> {
  const name = keptNameIn(head.headers)
  return name && { ...name, digest: await digestOfRequest(head, body, false) }
}
