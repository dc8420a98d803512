import { isJsonObject, parseJsonObject } from '../../shared/json-object.ts'
import { isFinal, parseJob } from '../../shared/jobs.ts'
import type { Connection } from './connection.ts'
import type { JobActions, JobCommand, JobEntry, ChatJobs, Problem } from './chat-view.ts'
import { INITIAL_VIEW } from './initial-view.ts'
import type { OwnerDevice } from './owner-devices.ts'
import type { Page } from './page.ts'
import { pause, type ChatPorts } from './ports.ts'
import { problemIn, type RelayProblem } from './relay-problem.ts'
import { requestRelay, type RelayRequest } from './relay-request.ts'

export interface JobListOptions {
  readonly ports: ChatPorts
  readonly page: Pick<Page, 'isVisible' | 'saveFile'>
  /** Checked when the relay or the desktop does not respond. */
  readonly connection: Pick<Connection, 'devices' | 'kick'>
  readonly key: () => string | null
  readonly onChange: () => void
}

/** Older jobs are not shown. */
export const MAX_JOBS = 50
const RUNNING_POLL_MS = 2_000
const QUIET_POLL_MS = 15_000
const RETRY_MS = 5_000
/** A larger result would not fit into a phone's memory. */
const MAX_RESULT_BYTES = 32 * 2 ** 20
const TOO_LARGE = Symbol('too large')

/** The key's jobs on the desktops, queried repeatedly while they are shown. */
export class JobList {
  readonly #options: JobListOptions
  #view = INITIAL_VIEW.jobs
  #watch = new AbortController()
  #wait = new AbortController()

  constructor(options: JobListOptions) {
    this.#options = options
  }

  get view(): ChatJobs {
    return this.#view
  }

  readonly actions: JobActions = {
    watchJobs: (isWatching) => this.#follow(isWatching),
    pullModel: (model) => void this.#pull(model.trim()),
    changeJob: (entry, change) => void this.#change(entry, change),
    saveJobResult: (entry) => void this.#save(entry),
  }

  /** Queries the jobs immediately. */
  kick(): void {
    this.#wait.abort()
  }

  /** The key has changed. */
  forget(): void {
    this.#become(INITIAL_VIEW.jobs)
    this.kick()
  }

  #follow(isWatching: boolean): void {
    this.#watch.abort()
    if (!isWatching) return
    this.#watch = new AbortController()
    this.#become({ ...this.#view, problem: null })
    void this.#run(this.#watch.signal)
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const delayMs = (await this.#list(signal)) ? this.#pollMs : RETRY_MS
      this.#wait = new AbortController()
      await pause(this.#options.ports, delayMs, AbortSignal.any([signal, this.#wait.signal]))
    }
  }

  get #pollMs(): number {
    const isRunning = this.#view.entries?.some(({ job }) => !isFinal(job.state)) ?? false
    return isRunning && this.#options.page.isVisible() ? RUNNING_POLL_MS : QUIET_POLL_MS
  }

  /** @returns whether all desktops answered */
  async #list(signal: AbortSignal): Promise<boolean> {
    const key = this.#options.key()
    const devices = this.#options.connection.devices
    const targets = devices.length === 0 ? [null] : devices
    const lists = await Promise.all(targets.map((device) => this.#listOf(device, signal)))
    if (signal.aborted || key !== this.#options.key()) return true
    const found = lists.filter((list) => list !== null)
    if (found.length < lists.length) return false
    const entries = found.flat().toSorted((a, b) => b.job.created_at.localeCompare(a.job.created_at))
    this.#become({ ...this.#view, entries: entries.slice(0, MAX_JOBS) })
    return true
  }

  /** @returns `null` if the device did not answer */
  async #listOf(device: OwnerDevice | null, signal: AbortSignal): Promise<JobEntry[] | null> {
    const response = await this.#request(device, `api/jobs?limit=${MAX_JOBS}`, { signal })
    const list = response && parseJsonObject(await response.text().catch(() => ''))
    if (!Array.isArray(list?.['jobs'])) return null
    const jobs = list['jobs'].filter(isJsonObject).map(parseJob)
    return jobs.filter((job) => job !== undefined).map((job) => ({ job, device: device?.name ?? null }))
  }

  async #pull(model: string): Promise<void> {
    const body = JSON.stringify({ type: 'pull', model })
    const device = this.#options.connection.devices[0] ?? null
    if (await this.#request(device, 'api/jobs', { method: 'POST', body })) this.kick()
  }

  async #change({ job, device }: JobEntry, change: JobCommand): Promise<void> {
    const [method, path] = change === 'delete' ? ['DELETE', ''] : ['POST', `/${change}`]
    await this.#request(this.#deviceNamed(device), `api/jobs/${job.id}${path}`, { method })
    this.kick()
  }

  async #save({ job, device }: JobEntry): Promise<void> {
    const response = await this.#request(this.#deviceNamed(device), `api/jobs/${job.id}/result`)
    if (response === null) return
    const type = response.headers.get('content-type') ?? 'application/json'
    const text = await textOf(response).catch(() => null)
    if (text === null) return this.#options.connection.kick()
    if (text === TOO_LARGE) return this.#fail({ kind: 'resultTooLarge' })
    this.#options.page.saveFile(`${job.id}.${type.includes('ndjson') ? 'jsonl' : 'json'}`, type, text)
  }

  #deviceNamed(name: string | null): OwnerDevice | null {
    return this.#options.connection.devices.find((device) => device.name === name) ?? null
  }

  /** @returns `null` for a failure, which is then part of the view */
  async #request(
    device: OwnerDevice | null,
    path: string,
    options: RelayRequest = {},
  ): Promise<Response | null> {
    const headers = device === null ? undefined : { 'x-device': device.id }
    const { ports, key } = this.#options
    const request = requestRelay(ports, key() ?? '', path, { ...options, ...(headers && { headers }) })
    const response = await request.catch(() => null)
    if (response?.ok) {
      this.#become({ ...this.#view, problem: null })
      return response
    }
    if (options.signal?.aborted) return null
    if (response === null || response.status >= 500) this.#options.connection.kick()
    else this.#fail(problemOf(await problemIn(response)))
    return null
  }

  #fail(problem: Problem): void {
    this.#become({ ...this.#view, problem })
  }

  #become(view: ChatJobs): void {
    this.#view = view
    this.#options.onChange()
  }
}

function problemOf({ code, problem }: RelayProblem): Problem {
  return code === 'SCOPE_MISSING' ? { kind: 'cannotManage' } : problem
}

/** Rejects if the response breaks off. */
async function textOf(response: Response): Promise<string | typeof TOO_LARGE> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  const reader = response.body?.getReader()
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    bytes += part.value.length
    if (bytes > MAX_RESULT_BYTES) {
      await reader?.cancel()
      return TOO_LARGE
    }
    text += decoder.decode(part.value, { stream: true })
  }
  return text + decoder.decode()
}
