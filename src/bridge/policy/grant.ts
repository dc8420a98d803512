import { SCOPES, type Scope } from '../../shared/routes.ts'

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

/** For what this device's own user starts here: everything is permitted. */
export const LOCAL_GRANT: Grant = {
  id: 'owner',
  name: 'owner',
  scopes: SCOPES,
  models: null,
  maxConcurrent: null,
}
