import { callsAny, isCalled, pinsIn, type NamedDevice } from '../../shared/device-name.ts'
import { AppError } from '../../shared/errors.ts'
import { canonicalModelName } from '../../shared/model-name.ts'

/** Facts about a candidate device. */
export interface DeviceFacts extends NamedDevice {
  /** Canonical names of its models. */
  readonly models: ReadonlySet<string>
  /** Canonical names of the loaded models, if reported. */
  readonly loaded: ReadonlySet<string>
  /** Running requests. */
  readonly streams: number
  /** Its circuit breaker is open. */
  readonly isFailing: boolean
  /** Milliseconds since the epoch. */
  readonly connectedAt: number
}

/** The device with this name or id. @throws AppError DEVICE_UNKNOWN, DEVICE_AMBIGUOUS, listing the devices */
export function deviceCalled<D extends DeviceFacts>(devices: readonly D[], text: string): D {
  const called = devices.filter((device) => isCalled(device, text))
  const [device] = called
  if (device === undefined)
    throw new AppError('DEVICE_UNKNOWN', `No connected device is named “${text}”. ${connected(devices)}`)
  if (called.length > 1)
    throw new AppError(
      'DEVICE_AMBIGUOUS',
      `${called.length} devices are named “${text}”. Specify one by its id. ${connected(called)}`,
    )
  return device
}

/**
 * The device selected by a model name such as `llama3@laptop`; `undefined` if the name contains no `@` or a device has
 * a model with exactly that name.
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
 * Chooses among the devices that have the model: loaded, then least busy, then longest connected. If none has it, all
 * are candidates. A failing device is chosen only for models that no other has.
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

/** The only device with the model, for requests that modify a device. @throws AppError DEVICE_AMBIGUOUS */
export function soleDeviceWith<D extends DeviceFacts>(devices: readonly D[], model: string | undefined): D {
  const having = model === undefined ? [] : devicesWith(devices, model)
  const [device, ...others] = having
  if (device !== undefined && others.length === 0) return device
  throw new AppError(
    'DEVICE_AMBIGUOUS',
    `Specify the device: model@device, or the header X-Device. ${connected(devices)}`,
  )
}

function devicesWith<D extends DeviceFacts>(devices: readonly D[], model: string): D[] {
  const name = canonicalModelName(model)
  return devices.filter(({ models, loaded }) => models.has(name) || loaded.has(name))
}

function connected(devices: readonly NamedDevice[]): string {
  return `Connected: ${devices.map(({ id, name }) => `${name} (${id})`).join(', ')}.`
}
