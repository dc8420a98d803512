import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import type { Secrets } from '../secrets/secrets.ts'

const BoundKey = z.object({ origin: z.string(), key: z.string() })
/** A key, and the origin it belongs to. */
export type BoundKey = Readonly<z.infer<typeof BoundKey>>

const NAME = 'upstream-key'
const KEY_VARIABLE = 'CLOUDTOLOCALLLM_UPSTREAM_KEY'
const FILE_VARIABLE = 'CLOUDTOLOCALLLM_UPSTREAM_KEY_FILE'

/** The model server's API key, bound to the origin it was set for. */
export class UpstreamKey {
  readonly #secrets: Secrets
  readonly #listeners = new Set<() => void>()
  #stored: BoundKey | null
  /** The key from the environment, for this run only. */
  #given: BoundKey | null = null

  private constructor(secrets: Secrets, stored: BoundKey | null) {
    this.#secrets = secrets
    this.#stored = stored
  }

  /** @throws AppError SECRETS_UNAVAILABLE */
  static async open(secrets: Secrets): Promise<UpstreamKey> {
    return new UpstreamKey(secrets, await loadUpstreamKey(secrets))
  }

  /** Whether a key is stored, which `remove` removes. */
  get isStored(): boolean {
    return this.#stored !== null
  }

  /** The key for the server at a base URL. */
  readonly for = (baseUrl: string): string | undefined => keyAmong([this.#given, this.#stored], baseUrl)

  /** Stores a key. @throws AppError CONFIG_INVALID, SECRETS_UNAVAILABLE */
  async set(baseUrl: string, key: string): Promise<void> {
    const stored = { origin: new URL(baseUrl).origin, key: parseUpstreamKey(key) }
    await this.#secrets.set(NAME, JSON.stringify(stored))
    this.#stored = stored
    this.#changed()
  }

  /** @throws AppError SECRETS_UNAVAILABLE */
  async remove(): Promise<void> {
    await this.#secrets.delete(NAME)
    this.#stored = null
    this.#changed()
  }

  /**
   * Uses the key from the environment for this run.
   * @param explicitUrl the upstream that the key belongs to
   * @throws AppError CONFIG_INVALID
   */
  useEnvironment(env: NodeJS.ProcessEnv, explicitUrl: string | undefined): void {
    this.#given = environmentKey(env, explicitUrl)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** The first key that belongs to the server at a base URL. */
export function keyAmong(keys: readonly (BoundKey | null)[], baseUrl: string): string | undefined {
  const { origin } = new URL(baseUrl)
  return keys.find((bound) => bound?.origin === origin)?.key
}

/** The stored key. @throws AppError SECRETS_UNAVAILABLE */
export async function loadUpstreamKey(secrets: Pick<Secrets, 'get'>): Promise<BoundKey | null> {
  return parseStored(await secrets.get(NAME))
}

/** The key from the environment, for the configured upstream. @throws AppError CONFIG_INVALID */
export function environmentKey(env: NodeJS.ProcessEnv, explicitUrl: string | undefined): BoundKey | null {
  const key = keyIn(env)
  if (key === undefined) return null
  if (explicitUrl !== undefined) return { origin: new URL(explicitUrl).origin, key }
  const detail = errorCase('case.upstream.keyWithoutServer', { variable: KEY_VARIABLE })
  throw new AppError('CONFIG_INVALID', detail)
}

/** The key from a variable, or from the file named by another one. @throws AppError CONFIG_INVALID */
export function keyIn(env: NodeJS.ProcessEnv): string | undefined {
  const { [KEY_VARIABLE]: key, [FILE_VARIABLE]: file } = env
  if (key) return parseUpstreamKey(key)
  return file ? readKeyFile(file) : undefined
}

/** @throws AppError CONFIG_INVALID */
export function readKeyFile(path: string): string {
  try {
    return parseUpstreamKey(readFileSync(path, 'utf8'))
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('CONFIG_INVALID', errorCase('case.upstream.keyFile', { path }), { cause })
  }
}

/** Accepts any header-safe text; errors never contain it. @throws AppError CONFIG_INVALID */
export function parseUpstreamKey(text: string): string {
  const key = text.trim()
  // Windows stores at most 2,560 bytes per secret.
  if (/^[!-~]{1,1024}$/.test(key)) return key
  throw new AppError('CONFIG_INVALID', errorCase('case.upstream.key'))
}

/** An unreadable value counts as no key: the server will ask for one. */
function parseStored(text: string | null): BoundKey | null {
  try {
    return BoundKey.parse(JSON.parse(text ?? 'null'))
  } catch {
    return null
  }
}
