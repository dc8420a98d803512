import { type Agent, request as ask } from 'node:https'
import type { ReplicaAnswer } from '../routing/remote-relays.ts'
import { readAll } from '../../shared/byte-queue.ts'
import type { RawHeaders } from '../../shared/headers.ts'
import { HOP_FIELD } from '../../front/request-context.ts'

/** A small request without a body. */
export interface ReplicaQuestion {
  readonly method: string
  readonly target: string
  readonly headers: RawHeaders
}

const ANSWER_MS = 2_000
const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/** Queries another replica on behalf of a client; `undefined` without a complete response in time. */
export function askReplica(
  { method, target: path, headers: asked }: ReplicaQuestion,
  { url, agent, pass }: { readonly url: string; readonly agent: Agent; readonly pass: string },
): Promise<ReplicaAnswer | undefined> {
  const headers = [...asked, HOP_FIELD, pass]
  const signal = AbortSignal.timeout(ANSWER_MS)
  return new Promise((resolve) => {
    const outgoing = ask(url, { method, path, agent, headers, signal }, (answer) => {
      readAll(answer, MAX_ANSWER_BYTES).then(
        (body) => resolve({ status: answer.statusCode ?? 0, headers: answer.rawHeaders, body }),
        () => resolve(undefined),
      )
    })
    outgoing.on('error', () => resolve(undefined))
    outgoing.end()
  })
}
