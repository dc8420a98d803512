/** Device names and model names with a device: `llama3@laptop`. */
import { isWithinLimit } from './text-limits.ts'

/** A device's id and display name. */
export interface NamedDevice {
  readonly id: string
  readonly name: string
}

/** Whether `name` is the device's id or its name (case-insensitive). */
export function isCalled({ id, name }: NamedDevice, text: string): boolean {
  return text === id || fold(text) === fold(name)
}

/** `matchesDevice` for many texts and several devices: each device name is case-folded once. */
export function callsAny(devices: readonly NamedDevice[]): (text: string) => boolean {
  const ids = new Set(devices.map(({ id }) => id))
  const names = new Set(devices.map(({ name }) => fold(name)))
  return (text) => ids.has(text) || names.has(fold(text))
}

/**
 * All ways to split a model name as `model@device`, the longest device first: both names may contain an `@`, as in LM
 * Studio's quantization suffixes. Empty if the text is too long for either.
 */
export function* pinsIn(text: string): Generator<{ readonly model: string; readonly device: string }> {
  if (!isWithinLimit('model', text)) return
  for (let at = text.indexOf('@', 1); at > 0; at = text.indexOf('@', at + 1))
    yield { model: text.slice(0, at), device: text.slice(at + 1) }
}

/** The upstream's name of a model: `llama3` for `llama3@laptop` on the laptop, any other name unchanged. */
export function modelOn(device: NamedDevice, text: string): string {
  const isThisDevice = callsAny([device])
  for (const pin of pinsIn(text)) if (isThisDevice(pin.device)) return pin.model
  return text
}

function fold(name: string): string {
  return name.normalize('NFC').trim().toLowerCase()
}
