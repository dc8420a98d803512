import { modelOn, type NamedDevice } from '../../shared/device-name.ts'
import { includesModel } from '../../shared/model-name.ts'
import { parseTarget } from '../../shared/request-path.ts'

/** Maps a requested model name to the upstream's name, which is checked and forwarded. */
export type LocalName = (model: string) => string

/**
 * Strips `@device` if it names this device, unless the upstream has a model of exactly that name.
 * @param device this device's names; `undefined` if the relay does not send them
 */
export function localNamesFor(device: NamedDevice | undefined, models: readonly string[]): LocalName {
  return (name) => {
    if (device === undefined || !name.includes('@')) return name
    return includesModel(models, name) ? name : modelOn(device, name)
  }
}

const MODEL_PATH = '/v1/models/'

/** Applies `localName` to the one path that ends in a model name. @throws AppError BAD_PATH */
export function localTargetFor(target: string, localName: LocalName): string {
  // Only names with an `@` can name a device. The target itself is checked next.
  if (!/@|%40/.test(target)) return target
  const { path, query } = parseTarget(target)
  if (!path.startsWith(MODEL_PATH)) return target
  const name = decodeURIComponent(path.slice(MODEL_PATH.length))
  const local = localName(name)
  if (local === name) return target
  return MODEL_PATH + local.split('/').map(encodeURIComponent).join('/') + query
}
