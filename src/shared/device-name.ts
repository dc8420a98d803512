/** How people name one of an owner's devices, and the model that they want there: `llama3@laptop`. */
import { isWithinLimit } from './text-limits.ts'

/** A device as its owner knows it. */
export interface NamedDevice {
  readonly id: string
  readonly name: string
}

/** Whether this is what the device is called: its id, or its name without regard to case. */
export function isCalled({ id, name }: NamedDevice, text: string): boolean {
  return text === id || fold(text) === fold(name)
}

/** The same for many texts and several devices: each device's name is folded once. */
export function callsAny(devices: readonly NamedDevice[]): (text: string) => boolean {
  const ids = new Set(devices.map(({ id }) => id))
  const names = new Set(devices.map(({ name }) => fold(name)))
  return (text) => ids.has(text) || names.has(fold(text))
}

/**
 * Every way to read a model's name as `model@device`, the longest device first: names of either may hold an `@`, as
 * those of LM Studio do for a quantization. None where the text is too long to be a name of either.
 */
export function* pinsIn(text: string): Generator<{ readonly model: string; readonly device: string }> {
  if (!isWithinLimit('model', text)) return
  for (let at = text.indexOf('@', 1); at > 0; at = text.indexOf('@', at + 1))
    yield { model: text.slice(0, at), device: text.slice(at + 1) }
}

/** What the device itself knows a model by: `llama3` for `llama3@laptop` on the laptop, any other name as it is. */
export function modelOn(device: NamedDevice, text: string): string {
  const isThisDevice = callsAny([device])
  for (const pin of pinsIn(text)) if (isThisDevice(pin.device)) return pin.model
  return text
}

function fold(name: string): string {
  return name.normalize('NFC').trim().toLowerCase()
}
