import { AppError } from '../../shared/errors.ts'
import { includesModel, isCloudModel } from '../../shared/model-name.ts'
import type { Grant } from './grant.ts'

/** Whether the grant's list includes the model; without a list, every model is included. */
export function listsModel(grant: Grant, name: string): boolean {
  return grant.models === null || includesModel(grant.models, name)
}

/** Whether `checkModel` accepts this model. */
export function mayUseModel(grant: Grant, name: string): boolean {
  return listsModel(grant, name) && (!isCloudModel(name) || grant.scopes.includes('cloud'))
}

/**
 * @throws AppError MODEL_NOT_ALLOWED, or SCOPE_MISSING for a model that runs on ollama.com under the owner's
 * account
 */
export function checkModel(grant: Grant, name: string): void {
  if (!listsModel(grant, name)) throw new AppError('MODEL_NOT_ALLOWED')
  if (isCloudModel(name)) requireCloud(grant)
}

/** Checks access to an existing answer. @param model `null` = any @throws AppError as `checkModel` does */
export function checkKeptModel(grant: Grant, model: string | null): void {
  if (model !== null) checkModel(grant, model)
  else if (grant.models !== null) throw new AppError('MODEL_NOT_ALLOWED')
}

/** @throws AppError SCOPE_MISSING */
export function requireCloud(grant: Grant): void {
  if (!grant.scopes.includes('cloud'))
    throw new AppError(
      'SCOPE_MISSING',
      'Cloud models use the owner’s account, so this key needs the cloud scope.',
    )
}
