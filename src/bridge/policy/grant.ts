import type { Scope } from '../../shared/routes.ts'

/** The permissions of one caller: a key as seen by the request path. */
export interface Grant {
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Names of the allowed models; `null` means all. */
  readonly models: readonly string[] | null
  /** Maximum concurrent requests; `null` for no limit of its own. */
  readonly maxConcurrent: number | null
}
