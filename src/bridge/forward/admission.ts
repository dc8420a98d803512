import { AppError } from '../../shared/errors.ts'
import type { RequestHead } from '../../shared/proxy-head.ts'
import { CHAT_STREAM_PATH } from '../../shared/routes.ts'
import type { Grant } from '../policy/grant.ts'
import { localNamesFor, localTargetFor, type LocalName } from '../policy/local-name.ts'
import { checkRoute, type FoundRoute } from '../policy/route-rule.ts'
import { unsupported } from './upstream-failure.ts'
import type { UpstreamTarget } from './upstream-request.ts'

/** The source of a request: a client, a job that one left here, or this device's own user. */
export type RequestOrigin = 'client' | 'job' | 'local'

/** The caller's grant, or the reason for a refusal. */
export interface Admission {
  readonly grant: Grant | undefined
  readonly refusal: AppError | undefined
  readonly origin: RequestOrigin
  /** Whether the request counts among the running ones of its key. */
  readonly takesSlot: boolean
}

/** A request that passed all checks that do not need its body. */
export interface Admitted extends FoundRoute {
  readonly grant: Grant
  readonly upstream: UpstreamTarget
  /** The upstream's request target. */
  readonly target: string
  readonly localName: LocalName
}

/** For requests that the bridge answers itself, with or without a model server. */
const NO_UPSTREAM: UpstreamTarget = { baseUrl: 'http://127.0.0.1:0', kind: 'openai' }

/** @throws AppError for every refusal that needs no body */
export function admit(
  head: RequestHead,
  { grant, refusal }: Admission,
  upstream: UpstreamTarget | null,
): Admitted {
  if (grant === undefined || refusal !== undefined) throw refusal ?? new AppError('KEY_UNKNOWN')
  const localName = localNamesFor(head.device, upstream?.models ?? [])
  const target = localTargetFor(head.target, localName)
  const found = checkRoute(grant, head.method, target)
  const { route } = found
  if (route.isLocal) return { ...found, grant, upstream: NO_UPSTREAM, target, localName }
  if (upstream === null) throw new AppError('UPSTREAM_UNREACHABLE')
  const isOllamaOnly = route.dialect === 'ollama' && route.path !== CHAT_STREAM_PATH
  if (upstream.kind === 'openai' && !upstream.isKindGuessed && isOllamaOnly) throw unsupported(upstream.name)
  return { ...found, grant, upstream, target, localName }
}
