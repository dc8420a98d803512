import { callsAny, isCalled, pinsIn, type NamedDevice } from '../../shared/device-name.ts'
import { AppError } from '../../shared/errors.ts'
import { canonicalModelName } from '../../shared/model-name.ts'

/** What is known of a device that a request may go to. */
export interface DeviceFacts extends NamedDevice {
  /** Canonical names of the models that it has. */
  readonly models: ReadonlySet<string>
  /** Canonical names of those in memory, as far as it says. */
  readonly loaded: ReadonlySet<string>
  /** Requests under way. */
  readonly streams: number
  /** Its model server has failed too often to be asked now. */
  readonly isFailing: boolean
  /** Milliseconds since the epoch. */
  readonly connectedAt: number
}

/** The device of this name or id. @throws AppError DEVICE_UNKNOWN, DEVICE_AMBIGUOUS, with the list of those there are */
export function deviceCalled<D extends DeviceFacts>(devices: readonly D[], text: string): D {
  const called = devices.filter((device) => isCalled(device, text))
  const [device] = called
  if (device === undefined)
    throw new AppError('DEVICE_UNKNOWN', `No device here is called “${text}”. ${connected(devices)}`)
  if (called.length > 1)
    throw new AppError(
      'DEVICE_AMBIGUOUS',
      `${called.length} devices are called “${text}”. Name one by its id. ${connected(called)}`,
    )
  return device
}

/**
 * The device that a model's name asks for, as `llama3@laptop` does; `undefined` where it asks for none, because it has no
 * `@` in it or some device has a model of just that name.
 * @throws AppError DEVICE_UNKNOWN, DEVICE_AMBIGUOUS
 */
export function deviceNamedIn<D extends DeviceFacts>(devices: readonly D[], model: string): D | undefined {
  const pins = [...pinsIn(model)]
  const last = pins.at(-1)
  if (last === undefined || devicesWith(devices, model).length > 0) return undefined
  const isKnown = callsAny(devices)
  const pin = pins.find(({ device }) => isKnown(device)) ?? last
  return deviceCalled(devices, pin.device)
}

/**
 * Who has the model: those that have loaded it, then the least busy, then who has been here longest. Where nobody has it,
 * all may be asked. A failing device is asked only for what no other has.
 */
export function chooseDevice<D extends DeviceFacts>(devices: readonly D[], model?: string): D | undefined {
  const having = model === undefined ? [] : devicesWith(devices, model)
  const name = canonicalModelName(model ?? '')
  const well = having.filter(({ isFailing }) => !isFailing)
  const ready = well.filter(({ loaded }) => loaded.has(name))
  const others = devices.filter(({ isFailing }) => !isFailing)
  const best = [ready, well, having, others, devices].find((some) => some.length > 0) ?? []
  return best.toSorted((a, b) => a.streams - b.streams || a.connectedAt - b.connectedAt)[0]
}

/** The one device that has the model, for what must not happen on a device that nobody meant. @throws AppError DEVICE_AMBIGUOUS */
export function soleDeviceWith<D extends DeviceFacts>(devices: readonly D[], model: string | undefined): D {
  const having = model === undefined ? [] : devicesWith(devices, model)
  const [device, ...others] = having
  if (device !== undefined && others.length === 0) return device
  throw new AppError(
    'DEVICE_AMBIGUOUS',
    `Say which device this is for: model@device, or the header X-Device. ${connected(devices)}`,
  )
}

function devicesWith<D extends DeviceFacts>(devices: readonly D[], model: string): D[] {
  const name = canonicalModelName(model)
  return devices.filter(({ models, loaded }) => models.has(name) || loaded.has(name))
}

function connected(devices: readonly NamedDevice[]): string {
  return `Connected: ${devices.map(({ id, name }) => `${name} (${id})`).join(', ')}.`
}
