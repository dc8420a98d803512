import type { OwnerId } from '../../shared/brands.ts'
import type { Clock } from '../../shared/clock.ts'
import { toAppError } from '../../shared/errors.ts'
import { encodeMessage, type Principal } from '../../shared/proxy-head.ts'
import { answerOn, type DeviceAnswer } from '../routing/device-question.ts'
import type { TunnelDirectory } from '../tunnels/directory.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'

/** Whether a model generated a token, and a description of the result. */
export interface DeepFinding {
  readonly ok: boolean
  readonly detail: string
}

export interface DeepHealthOptions {
  readonly clock: Clock
  readonly directory: Pick<TunnelDirectory, 'tunnelsOf'>
  /** Whether a client's credential is valid for this tunnel. */
  readonly accepts: (tunnel: Tunnel, principal: Principal) => boolean
}

/** Results are cached for this long: a token costs the desktop work. */
const KEEP_MS = 60_000
const TIMEOUT_MS = 30_000
const MAX_ANSWER_BYTES = 64 * 1024
const MAX_OWNERS = 1_000
const PATH = '/v1/chat/completions'

/** Requests one token from an owner's model, through the clients' request path. */
export class DeepHealth {
  readonly #options: DeepHealthOptions
  /** By owner, oldest first. */
  readonly #kept = new Map<string, { readonly at: number; readonly finding: Promise<DeepFinding> }>()

  constructor(options: DeepHealthOptions) {
    this.#options = options
  }

  /** Never rejects. */
  check(ownerId: OwnerId, principal: Principal): Promise<DeepFinding> {
    const now = this.#options.clock.monotonic()
    const kept = this.#kept.get(ownerId)
    if (kept !== undefined && now - kept.at < KEEP_MS) return kept.finding
    const finding = this.#ask(ownerId, principal).catch((cause: unknown) => failed(toAppError(cause).message))
    this.#kept.delete(ownerId)
    this.#kept.set(ownerId, { at: now, finding })
    const [oldest = ''] = this.#kept.keys()
    if (this.#kept.size > MAX_OWNERS) this.#kept.delete(oldest)
    return finding
  }

  async #ask(ownerId: OwnerId, principal: Principal): Promise<DeepFinding> {
    const { directory, accepts } = this.#options
    const open = directory.tunnelsOf(ownerId).filter((tunnel) => tunnel.isHere && accepts(tunnel, principal))
    const withModels = open.filter(({ announcement }) => announcement.models.length > 0)
    const tunnel = withModels.find(({ loaded }) => loaded.size > 0) ?? withModels[0]
    if (tunnel === undefined) return failed('No device with a model is connected.')
    const answer = await this.#answerOf(tunnel, principal)
    if (answer === undefined) return failed(`No token arrived within ${TIMEOUT_MS / 1000} s.`)
    // A refusal for one credential says nothing about the model for others.
    if (answer.status === 403) this.#kept.delete(ownerId)
    if (answer.status !== 200) return failed(`The model server answered with HTTP ${answer.status}.`)
    return { ok: true, detail: 'A model answered.' }
  }

  #answerOf(tunnel: Tunnel, principal: Principal): Promise<DeviceAnswer | undefined> {
    const { deviceId: id, deviceName: name } = tunnel.credential
    const model = modelOf(tunnel)
    const question = { model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, stream: false }
    const body = Buffer.from(JSON.stringify(question))
    const headers = ['content-type', 'application/json', 'content-length', String(body.length)]
    const head = { method: 'POST', target: PATH, headers, principal, requestId: 'deep-health', hasBody: true }
    const stream = tunnel.open(encodeMessage({ ...head, device: { id, name } }))
    const { clock } = this.#options
    const { signal } = new AbortController()
    return answerOn(stream, { clock, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES, signal, body })
  }
}

/** Prefers a loaded model, which responds immediately, and skips embedding models. */
function modelOf({ announcement: { loaded = [], models } }: Tunnel): string | undefined {
  const candidates = [...loaded, ...models]
  return candidates.find((model) => !model.includes('embed')) ?? candidates[0]
}

function failed(detail: string): DeepFinding {
  return { ok: false, detail }
}
