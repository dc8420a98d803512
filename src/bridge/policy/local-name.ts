import { modelOn, type NamedDevice } from '../../shared/device-name.ts'
import { includesModel } from '../../shared/model-name.ts'
import { parseTarget } from '../../shared/request-path.ts'

/** The name that the upstream knows a model by: what it is judged by, and what goes on. */
export type LocalName = (model: string) => string

/**
 * Takes off `@device` where that is this device, unless the upstream has a model of just that name.
 * @param device what clients may call it; `undefined` where the relay does not say
 */
export function localNamesFor(device: NamedDevice | undefined, models: readonly string[]): LocalName {
  return (name) => {
    if (device === undefined || !name.includes('@')) return name
    return includesModel(models, name) ? name : modelOn(device, name)
  }
}

const MODEL_PATH = '/v1/models/'

/** The same for the one path that ends in a model's name. @throws AppError BAD_PATH */
export function localTargetFor(target: string, localName: LocalName): string {
  const { path, query } = parseTarget(target)
  if (!path.startsWith(MODEL_PATH)) return target
  const name = decodeURIComponent(path.slice(MODEL_PATH.length))
  const local = localName(name)
  if (local === name) return target
  return MODEL_PATH + local.split('/').map(encodeURIComponent).join('/') + query
}
