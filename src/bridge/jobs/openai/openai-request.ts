import { splitTarget } from '../../../shared/request-path.ts'
import {
  wholeAnswer,
  type AuthorizedRequest,
  type LocalAnswer,
  type LocalRequest,
} from '../../forward/local-answer.ts'
import type { JobScope } from '../job-queries.ts'
import { jobScopeOf } from '../job-routes.ts'
import type { NewJob } from '../job-store.ts'
import type { FileOwner } from './file-table.ts'

/** The client of a request, as the store of jobs and files knows it. */
export interface OpenAiCaller extends Pick<NewJob, 'ownerId' | 'grant' | 'caller'> {
  /** Visible objects: those of the key, or those of all keys for the owner. */
  readonly scope: JobScope
  readonly fileOwner: FileOwner
}

/** A request for one of OpenAI's paths that the bridge serves itself. */
export interface OpenAiRequest extends LocalRequest {
  readonly caller: OpenAiCaller
  /** The object's id in the path; empty without one. */
  readonly id: string
  readonly query: URLSearchParams
}

/** @param ownerId the owner of this device */
export function toOpenAiRequest(request: LocalRequest, ownerId: string): OpenAiRequest {
  return {
    ...request,
    caller: callerOf(request, ownerId),
    id: decodeURIComponent(request.param ?? ''),
    query: new URLSearchParams(splitTarget(request.head.target).query),
  }
}

export function callerOf(
  { head, grant }: Pick<AuthorizedRequest, 'head' | 'grant'>,
  ownerId: string,
): OpenAiCaller {
  return {
    ownerId,
    grant,
    caller: head.principal,
    scope: jobScopeOf({ head, grant }, ownerId),
    fileOwner: { ownerId, grantId: grant.id },
  }
}

/** A response of OpenAI's API. */
export function jsonAnswer(value: object, status = 200): LocalAnswer {
  return wholeAnswer(status, JSON.stringify(value))
}
