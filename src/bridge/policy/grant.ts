import type { Scope } from '../../shared/routes.ts'

/** What one caller may do: the form in which the request path sees a key. */
export interface Grant {
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Names of the models that may be used; `null` = all. */
  readonly models: readonly string[] | null
  /** Requests at once; `null` = no limit of its own. */
  readonly maxConcurrent: number | null
}
