import { isJsonObject, type JsonObject } from '../../shared/json-object.ts'
import type { ChatApi } from './answer-records.ts'
import type { Access, ChatModel } from './chat-view.ts'
import { deviceFor, devicesIn, devicesWith, type OwnerDevice } from './owner-devices.ts'
import { pause, type ChatPorts } from './ports.ts'
import { problemIn, type RelayProblem } from './relay-problem.ts'
import { requestRelay, type RelayRequest } from './relay-request.ts'

export interface KnownServer {
  readonly api: ChatApi
  readonly models: readonly ChatModel[]
}

export interface ConnectionOptions {
  readonly ports: ChatPorts
  /** As it was at the last visit. */
  readonly known: KnownServer
  readonly onChange: () => void
}

const READY_POLL_MS = 60_000
const RETRY_MS = 5_000
const MAX_MODELS = 1_000
const READY: Access = { kind: 'ready' }

/** Whether messages can be sent, and to which models: asked again and again while a key is known. */
export class Connection {
  readonly #options: ConnectionOptions
  #access: Access = { kind: 'checking' }
  #models: readonly ChatModel[]
  #api: ChatApi
  /** Those that are connected. An answer names its one, since another may connect before the answer is whole. */
  #devices: readonly OwnerDevice[] = []
  #hasSeveral = false
  #key: string | null = null
  #wait = new AbortController()
  /** Ends the loop of an earlier key. */
  #loop = new AbortController()
  /** Models whose capabilities were requested. */
  readonly #detailed = new Set<string>()

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#models = options.known.models
    this.#api = options.known.api
  }

  get access(): Access {
    return this.#access
  }

  get models(): readonly ChatModel[] {
    return this.#models
  }

  get api(): ChatApi {
    return this.#api
  }

  /** The connected devices; empty if the owner has only one. */
  get devices(): readonly OwnerDevice[] {
    return this.#hasSeveral ? this.#devices : []
  }

  /** The id of the device that will be asked for an answer; `undefined` if the relay does not tell. */
  deviceFor(model: string): string | undefined {
    return deviceFor(this.#devices, model)?.id
  }

  /** The same as of now: one may have disconnected since the last check. */
  async deviceNow(model: string): Promise<string | undefined> {
    const status = await this.#json('api/tunnel/status')
    if (status !== null) this.#devices = devicesIn(status)
    return this.deviceFor(model)
  }

  /** Whether a model is in memory. `null` if the server does not report it. */
  isLoaded(name: string | null): boolean | null {
    return this.#models.find((model) => model.name === name)?.isLoaded ?? null
  }

  /** @param key `null`: there is none */
  use(key: string | null): void {
    this.#loop.abort()
    this.#loop = new AbortController()
    this.#key = key
    this.#detailed.clear()
    this.#become({ kind: key === null ? 'noKey' : 'checking' })
    if (key !== null) void this.#run(this.#loop.signal)
  }

  /** Checks immediately. */
  kick(): void {
    this.#wait.abort()
  }

  /** The key of a request was refused, and so will be that of all others. */
  refused(): void {
    this.#loop.abort()
    this.#become({ kind: 'keyRefused' })
  }

  /** Queries the model's capabilities, once. Only Ollama reports them. */
  async describe(name: string): Promise<void> {
    if (this.#api !== 'ollama' || this.#access.kind !== 'ready' || this.#detailed.has(name)) return
    this.#detailed.add(name)
    const details = await this.#json('api/show', { method: 'POST', body: JSON.stringify({ model: name }) })
    if (details === null) return
    const { capabilities, model_info: info } = details
    const facts = {
      hasVision: Array.isArray(capabilities) ? capabilities.includes('vision') : null,
      contextTokens: isJsonObject(info) ? contextIn(info) : null,
    }
    this.#models = this.#models.map((model) => (model.name === name ? { ...model, ...facts } : model))
    this.#options.onChange()
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const delayMs = await this.#check(signal)
      if (delayMs === null) return
      this.#wait = new AbortController()
      await pause(this.#options.ports, delayMs, AbortSignal.any([signal, this.#wait.signal]))
    }
  }

  /** @returns the time until the next check; `null` if another one is pointless */
  async #check(signal: AbortSignal): Promise<number | null> {
    const response = await this.#list().catch(() => null)
    if (response?.ok === true) return this.#listed(response, signal)
    const refusal = response && (await problemIn(response))
    if (signal.aborted) return null
    this.#become(this.#accessFor(refusal))
    return refusal?.status === 401 ? null : Math.max(refusal?.retryAfterMs ?? 0, RETRY_MS)
  }

  async #list(): Promise<Response> {
    const tags = await this.#request('api/tags')
    // Other statuses do not tell what the model server can.
    if (tags.ok) this.#api = 'ollama'
    if (tags.status !== 404) return tags
    const models = await this.#request('v1/models')
    if (models.ok) this.#api = 'openai'
    return models
  }

  async #listed(response: Response, signal: AbortSignal): Promise<number | null> {
    const status = this.#json('api/tunnel/status')
    const answer: unknown = await response.json().catch(() => null)
    const body = isJsonObject(answer) ? answer : {}
    const entries = this.#api === 'ollama' ? body['models'] : body['data']
    const loaded = this.#api === 'ollama' ? await this.#loaded() : new Map<string, number | null>()
    const devices = devicesIn(await status)
    // Another key, or this one was refused meanwhile.
    if (signal.aborted) return null
    this.#devices = devices
    this.#hasSeveral = isOfSeveral(response)
    const known = new Map(this.#models.map((model) => [model.name, model]))
    const list = Array.isArray(entries) ? entries.slice(0, MAX_MODELS).filter(isJsonObject) : []
    this.#models = list
      .flatMap((entry) => modelFrom(entry, known, this.#api, loaded))
      .map((model) => ({ ...model, device: this.#deviceNamesFor(model.name) }))
    this.#become(this.#models.length === 0 ? { kind: 'noModels' } : READY)
    return READY_POLL_MS
  }

  #deviceNamesFor(model: string): string | null {
    return (
      devicesWith(this.devices, model)
        .map(({ name }) => name)
        .join(', ') || null
    )
  }

  /** Models in memory, with the size of their context. */
  async #loaded(): Promise<Map<string, number | null> | null> {
    const answer = await this.#json('api/ps')
    if (!Array.isArray(answer?.['models'])) return null
    const entries = answer['models'].filter(isJsonObject)
    return new Map(entries.map((entry) => [String(entry['name']), countIn(entry['context_length'])]))
  }

  /** @param refusal `null`: no response */
  #accessFor(refusal: RelayProblem | null): Access {
    const { since } = { since: this.#options.ports.now(), ...this.#access }
    if (refusal === null) return { kind: 'relayUnreachable', since }
    const { status, code, problem } = refusal
    if (status === 401) return { kind: 'keyRefused' }
    if (code === 'OFFLINE' || code === 'DRAINING') return { kind: 'desktopOffline', since }
    if (code === 'UPSTREAM_UNREACHABLE') return { kind: 'noModelServer', since }
    return { kind: 'failed', since, problem }
  }

  /** Keeps `since` while a state lasts, and its identity while it is unchanged. */
  #become(access: Access): void {
    if (JSON.stringify(access) !== JSON.stringify(this.#access)) this.#access = access
    this.#options.onChange()
  }

  async #json(path: string, request?: RelayRequest): Promise<JsonObject | null> {
    const response = await this.#request(path, request).catch(() => null)
    const body: unknown = response?.ok === true ? await response.json().catch(() => null) : null
    return isJsonObject(body) ? body : null
  }

  #request(path: string, request?: RelayRequest): Promise<Response> {
    return requestRelay(this.#options.ports, this.#key ?? '', path, request)
  }
}

function modelFrom(
  entry: JsonObject,
  known: ReadonlyMap<string, ChatModel>,
  api: ChatApi,
  loaded: ReadonlyMap<string, number | null> | null,
): ChatModel[] {
  const name = api === 'ollama' ? entry['name'] : entry['id']
  if (typeof name !== 'string') return []
  const before = known.get(name)
  return [
    {
      name,
      sizeBytes: countIn(entry['size']),
      isLoaded: loaded === null || api === 'openai' ? null : loaded.has(name),
      hasVision: before?.hasVision ?? null,
      device: null,
      contextTokens: loaded?.get(name) ?? before?.contextTokens ?? null,
    },
  ]
}

/** Whether the relay merged the lists of several devices: it says of how many. */
function isOfSeveral({ headers }: Response): boolean {
  return Number(headers.get('x-devices')?.split('/')[1] ?? 1) > 1
}

/** The longest context that the model supports, under its architecture's name. */
function contextIn(info: JsonObject): number | null {
  const [, value] = Object.entries(info).find(([name]) => name.endsWith('.context_length')) ?? []
  return countIn(value)
}

function countIn(value: unknown): number | null {
  return typeof value === 'number' && value > 0 ? value : null
}
