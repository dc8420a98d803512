import type { IncomingMessage } from 'node:http'
import { credentialIn, type CouldAccept } from '../../front/client-credential.ts'
import { toAppError } from '../../shared/errors.ts'
import type { Authenticator } from '../auth/authenticator.ts'
import type { JobProblem } from './job-problem.ts'
import type { WatchCaller, JobReader } from './job-reader.ts'
import { identityOf, type JobReaderId, type StatusCache } from './status-cache.ts'

export interface JobAccessOptions {
  readonly reader: Pick<JobReader, 'check'>
  readonly authenticator: Pick<Authenticator, 'claimOf'>
  readonly cache: StatusCache
  readonly couldAccept: CouldAccept
}

/** Checks the credentials of watchers. */
export class JobAccess {
  readonly #options: JobAccessOptions

  constructor(options: JobAccessOptions) {
    this.#options = options
  }

  /**
   * A wrong credential is counted by the request that is made with it. While the device is offline, a token is verified
   * here, and a key only gets in if the device has answered it within the last day. Never rejects.
   * @param request the WebSocket's, for proofs of paired devices
   */
  async admit(
    caller: WatchCaller,
    request: IncomingMessage,
    signal: AbortSignal,
  ): Promise<JobReaderId | JobProblem> {
    const { reader, cache, authenticator, couldAccept } = this.#options
    const problem = await reader.check(caller, signal)
    // An older bridge does not know the path.
    if (problem?.kind === 'refused' && problem.code !== 'JOB_NOT_FOUND') return problem
    const credential = credentialIn(['authorization', `Bearer ${caller.token}`], undefined, couldAccept)
    try {
      const { countedAs } = caller.origin
      const asked = { request, countedAs, pass: undefined, credential, userId: undefined }
      const { routingId, principal } = await authenticator.claimOf(asked)
      const client = { routingId, identity: identityOf(principal) }
      const isVerified = problem?.kind !== 'away' || credential.kind === 'token'
      return isVerified || (await cache.knows(client)) ? client : problem
    } catch (cause) {
      const { code, message } = toAppError(cause)
      return { kind: 'refused', code, message, retryAfterMs: undefined }
    }
  }
}
