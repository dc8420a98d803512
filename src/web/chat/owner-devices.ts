import { isJsonObject, type JsonObject } from '../../shared/json-object.ts'
import { includesModel } from '../../shared/model-name.ts'

/** A desktop of the owner that the key opens. */
export interface OwnerDevice {
  readonly id: string
  readonly name: string
  readonly models: readonly string[]
  /** Models in memory. */
  readonly loaded: readonly string[]
  /** Running requests. */
  readonly streams: number
}

/** The present devices in the relay's answer to `/api/tunnel/status`. */
export function devicesIn(status: JsonObject | null): OwnerDevice[] {
  const tunnels = Array.isArray(status?.['tunnels']) ? status['tunnels'].filter(isJsonObject) : []
  return tunnels.flatMap(({ deviceId: id, deviceName: name, connected, accepts, ...facts }) => {
    if (typeof id !== 'string' || typeof name !== 'string' || connected !== true || accepts !== true)
      return []
    const streams = Number(facts['streams'])
    return [{ id, name, streams, models: namesIn(facts['models']), loaded: namesIn(facts['loaded']) }]
  })
}

/**
 * The device for an answer by this model: one that has it in memory, then the least busy one. The page chooses, because it
 * has to ask the same device for the rest of an interrupted answer.
 */
export function deviceFor(devices: readonly OwnerDevice[], model: string): OwnerDevice | undefined {
  const having = devicesWith(devices, model)
  const loaded = having.filter((device) => includesModel(device.loaded, model))
  return (loaded.length > 0 ? loaded : having).toSorted((a, b) => a.streams - b.streams)[0]
}

export function devicesWith(devices: readonly OwnerDevice[], model: string): OwnerDevice[] {
  return devices.filter(({ models }) => includesModel(models, model))
}

function namesIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []
}
