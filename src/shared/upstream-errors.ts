import type { ErrorEntry } from './error-entry.ts'

/** Errors of the bridge about a request: policy and upstream. */
export const UPSTREAM_ERRORS = {
  SCOPE_MISSING: {
    kind: 'policy',
    retry: 'never',
    status: 403,
    text: 'This key does not have the scope that the request needs.',
  },
  MODEL_NOT_ALLOWED: {
    kind: 'policy',
    retry: 'never',
    status: 403,
    text: 'This key does not allow this model.',
  },
  KEPT_NAME_REUSED: {
    kind: 'policy',
    retry: 'never',
    status: 422,
    text: 'This Idempotency-Key was used for another request a moment ago. Use a new one for each request.',
  },
  KEPT_NOT_FOUND: {
    kind: 'policy',
    retry: 'never',
    status: 404,
    text: 'This key has no kept answer with this name: it never existed, expired, was stopped or became too large. Send the request again.',
  },
  KEPT_POSITION_UNKNOWN: {
    kind: 'policy',
    retry: 'never',
    status: 416,
    text: 'The answer does not have this many bytes yet. Count only the model server’s bytes, or read from 0.',
  },
  KEPT_REPLACED: {
    kind: 'policy',
    retry: 'never',
    status: 412,
    text: 'The answer with this name is not the one that If-Match names: the request ran again. Read the new one from 0.',
  },
  KEPT_STOPPED: {
    kind: 'policy',
    retry: 'never',
    status: 410,
    text: 'This answer was stopped before it was complete. Send the request again with a new Idempotency-Key.',
  },
  JOB_NOT_FOUND: {
    kind: 'policy',
    retry: 'never',
    status: 404,
    text: 'There is no job with this id, or it belongs to another key. It may have been deleted.',
  },
  JOB_NOT_FINISHED: {
    kind: 'policy',
    retry: 'backoff',
    status: 409,
    text: 'The job has not finished yet. Wait until it has, or cancel it first.',
  },
  JOB_CANCELLED: {
    kind: 'policy',
    retry: 'never',
    status: 410,
    text: 'The job was cancelled, so it has no result. Retry it to get one.',
  },
  JOB_EXPIRED: {
    kind: 'policy',
    retry: 'never',
    status: 410,
    text: 'The job was not finished in time. Create it again, or retry it.',
  },
  TOO_MANY_JOBS: {
    kind: 'limit',
    retry: 'backoff',
    status: 429,
    retryAfterS: 60,
    text: 'Too many jobs are waiting already. Wait for one to finish, or cancel some.',
  },
  JOB_STORAGE_FULL: {
    kind: 'limit',
    retry: 'never',
    status: 413,
    text: 'The jobs of this key have used up their storage. Delete finished jobs first.',
  },
  JOB_RESULT_TOO_LARGE: {
    kind: 'limit',
    retry: 'never',
    status: 502,
    text: 'The answer is too large for a job. Split the request into smaller ones.',
  },
  JOB_INTERRUPTED: {
    kind: 'upstream',
    retry: 'never',
    status: 502,
    text: 'The desktop’s bridge crashed or was killed three times while this request was running, so it is not sent again. If the request is not the cause, retry the job.',
  },
  JOBS_UNAVAILABLE: {
    kind: 'config',
    retry: 'never',
    status: 501,
    text: 'This desktop cannot store jobs or files. Check its log for the reason, and update its app.',
  },
  BODY_NOT_STRICT: {
    kind: 'policy',
    retry: 'never',
    status: 400,
    text: 'The JSON body is ambiguous or not valid: it must be one object, in UTF-8, with nothing after it and no relevant key repeated or in another case.',
  },
  MEDIA_NOT_SUPPORTED: {
    kind: 'policy',
    retry: 'never',
    status: 415,
    text: 'The body has a media type or encoding that cannot be checked.',
  },
  KEEP_ALIVE_NOT_ALLOWED: {
    kind: 'policy',
    retry: 'never',
    status: 403,
    text: 'This key does not allow pinning a model in memory or unloading it: a keep_alive of 0 or below needs the manage scope.',
  },
  UPSTREAM_UNREACHABLE: {
    kind: 'upstream',
    retry: 'backoff',
    status: 502,
    text: 'The model server on the desktop is not responding. Check that it is running.',
  },
  UPSTREAM_FAILED: {
    kind: 'upstream',
    retry: 'backoff',
    status: 502,
    retryAfterS: 2,
    text: 'The model server on the desktop stopped in the middle of its answer. Try again, or check its log.',
  },
  UPSTREAM_UNAUTHORIZED: {
    kind: 'upstream',
    retry: 'never',
    status: 502,
    text: 'The model server on the desktop requires an API key, or does not accept the one that is set.',
    advice: {
      cli: 'Its owner can set it on the desktop: cloudtolocalllm upstream set-key',
      app: 'Enter its API key in the settings.',
    },
  },
  UPSTREAM_UNSUPPORTED: {
    kind: 'upstream',
    retry: 'never',
    status: 404,
    text: 'The model server on the desktop supports only the OpenAI API. Use /v1.',
  },
} as const satisfies Record<string, ErrorEntry>
