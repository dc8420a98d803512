import type { Allowance } from '../../shared/byte-queue.ts'
import { AppError } from '../../shared/errors.ts'
import { isJsonObject, parseJsonObject, type JsonObject } from '../../shared/json-object.ts'
import type { JobType } from '../../shared/jobs.ts'
import { CHAT_STREAM_PATH, matchRoute } from '../../shared/routes.ts'
import { checkLength } from '../../shared/text-limits.ts'
import { checkBody } from '../policy/body-rule.ts'
import type { Grant } from '../policy/grant.ts'
import type { LocalName } from '../policy/local-name.ts'
import { checkRoute } from '../policy/route-rule.ts'
import type { NewItem } from './job-items.ts'
import { MAX_ITEM_BYTES } from './job-schema.ts'

/** The caller of a request that becomes part of a job. */
export interface JobCreator {
  readonly grant: Grant
  /** The upstream's name for a model that is addressed by device. */
  readonly localName: LocalName
  readonly memory: Allowance
}

/** A job as its creator described it, authorized. */
export interface RequestedJob {
  readonly type: Exclude<JobType, 'batch' | 'response'>
  readonly model: string | null
  readonly items: readonly NewItem[]
}

/** Every model server has it, Ollama too. */
const EMBEDDINGS_PATH = '/v1/embeddings'
/** Inputs of one request, so that an embed job shows its progress and gives way to clients. */
const INPUTS_PER_ITEM = 64
const MAX_INPUTS = 50_000
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads the body of `POST /api/jobs`.
 * @throws AppError BAD_REQUEST, and as for a direct request: SCOPE_MISSING, MODEL_NOT_ALLOWED, BODY_NOT_STRICT, …
 */
export async function parseJobRequest(body: Uint8Array, creator: JobCreator): Promise<RequestedJob> {
  const value = objectIn(body)
  switch (value['type']) {
    case 'pull': {
      const model = stringIn(value, 'model')
      checkLength('model', model)
      return single('pull', await toJobItem('/api/pull', { model, stream: true }, creator))
    }
    case 'create':
      return single(
        'create',
        await toJobItem('/api/create', { ...objectOf(value, 'body'), stream: true }, creator),
      )
    case 'request':
      return single('request', await toJobItem(stringIn(value, 'path'), objectOf(value, 'body'), creator))
    case 'embed':
      return toEmbedJob(value, creator)
    default:
      throw new AppError('BAD_REQUEST', '"type" must be pull, create, request or embed.')
  }
}

/** An authorized item, with the model that it names. */
export interface JobItemRequest extends NewItem {
  readonly model: string | null
}

/**
 * A request as an item of a job: checked like a direct one, so that an error is reported now and not when it runs. It is checked
 * again when it runs, since permissions may change.
 * @param path of a route with a JSON body, for inference unless the grant has its scope
 * @param body `stream` is set to false, except for a transfer
 * @throws AppError BAD_REQUEST, SCOPE_MISSING, MODEL_NOT_ALLOWED, BODY_NOT_STRICT, TEXT_TOO_LONG, BODY_TOO_LARGE, …
 */
export async function toJobItem(
  path: string,
  body: JsonObject,
  creator: JobCreator,
): Promise<JobItemRequest> {
  const { grant, localName, memory } = creator
  const isTransfer = path === '/api/pull' || path === '/api/create'
  const match = matchRoute('POST', path)
  const isPossible =
    match.kind === 'found' &&
    match.route.body === 'json' &&
    !match.route.isLocal &&
    match.route.path !== CHAT_STREAM_PATH &&
    (isTransfer || match.route.scope === 'inference')
  if (!isPossible)
    throw new AppError(
      'BAD_REQUEST',
      '"path" must be that of a POST request for a model with a JSON body, such as /api/chat or /v1/embeddings.',
    )
  const { route } = checkRoute(grant, 'POST', path)
  const sent = route.streams === 'never' || isTransfer ? body : { ...body, stream: false }
  const bytes = Buffer.from(JSON.stringify(sent))
  if (bytes.length > MAX_ITEM_BYTES) throw new AppError('BODY_TOO_LARGE')
  const checked = await checkBody(grant, route, [], bytes, localName, memory)
  return { path, body: checked.bytes, model: checked.model }
}

async function toEmbedJob(value: JsonObject, creator: JobCreator): Promise<RequestedJob> {
  const model = stringIn(value, 'model')
  const { input } = value
  const inputs: unknown[] = Array.isArray(input) ? input : [input]
  if (inputs.length === 0 || inputs.length > MAX_INPUTS || !inputs.every((each) => typeof each === 'string'))
    throw new AppError('BAD_REQUEST', `"input" must be a list of 1 to ${MAX_INPUTS} texts.`)
  const items: NewItem[] = []
  for (let at = 0; at < inputs.length; at += INPUTS_PER_ITEM) {
    const { path, body } = await toJobItem(
      EMBEDDINGS_PATH,
      { model, input: inputs.slice(at, at + INPUTS_PER_ITEM) },
      creator,
    )
    items.push({ path, body })
  }
  return { type: 'embed', model, items }
}

function single(type: RequestedJob['type'], { path, body, model }: JobItemRequest): RequestedJob {
  return { type, model, items: [{ path, body }] }
}

function objectIn(body: Uint8Array): JsonObject {
  try {
    const value = parseJsonObject(decoder.decode(body))
    if (value !== undefined) return value
  } catch {
    // Not UTF-8.
  }
  throw new AppError('BAD_REQUEST', 'The body must be one JSON object.')
}

function stringIn(value: JsonObject, key: string): string {
  const text = value[key]
  if (typeof text === 'string' && text !== '') return text
  throw new AppError('BAD_REQUEST', `"${key}" must be a text.`)
}

function objectOf(value: JsonObject, key: string): JsonObject {
  const object = value[key]
  if (isJsonObject(object)) return object
  throw new AppError('BAD_REQUEST', `"${key}" must be a JSON object.`)
}
