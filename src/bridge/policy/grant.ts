import type { Scope } from '../../shared/routes.ts'

/** Permissions of one caller: the part of an API key that the request path uses. */
export interface Grant {
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Permitted model names; `null` = all. */
  readonly models: readonly string[] | null
  /** Maximum concurrent requests; `null` = no per-key limit. */
  readonly maxConcurrent: number | null
}
