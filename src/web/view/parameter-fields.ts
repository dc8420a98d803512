import type { ModelParameters } from '../chat/chat-view.ts'

export type NumberParameter = Exclude<keyof ModelParameters, 'thinks'>

export interface NumberFieldRule {
  readonly name: NumberParameter
  readonly label: 'temperature' | 'topP' | 'topK' | 'maxTokens' | 'contextLength' | 'seed'
  readonly hint:
    | 'temperatureHint'
    | 'topPHint'
    | 'topKHint'
    | 'maxTokensHint'
    | 'contextLengthHint'
    | 'seedHint'
  readonly min: number
  readonly max: number
  readonly isWhole: boolean
}

/** The parameters that are numbers, with the limits of the model servers. */
export const NUMBER_FIELDS: readonly NumberFieldRule[] = [
  { name: 'temperature', label: 'temperature', hint: 'temperatureHint', min: 0, max: 2, isWhole: false },
  { name: 'topP', label: 'topP', hint: 'topPHint', min: 0, max: 1, isWhole: false },
  { name: 'topK', label: 'topK', hint: 'topKHint', min: 1, max: 1_000, isWhole: true },
  { name: 'maxTokens', label: 'maxTokens', hint: 'maxTokensHint', min: 1, max: 1_000_000, isWhole: true },
  {
    name: 'contextTokens',
    label: 'contextLength',
    hint: 'contextLengthHint',
    min: 256,
    max: 10_000_000,
    isWhole: true,
  },
  { name: 'seed', label: 'seed', hint: 'seedHint', min: 0, max: 2_147_483_647, isWhole: true },
]

/** A typed number, with a comma or a point. `null` for an empty text, `undefined` for one outside the rule. */
export function parseParameter(
  text: string,
  { min, max, isWhole }: NumberFieldRule,
): number | null | undefined {
  const trimmed = text.trim().replace(',', '.')
  if (trimmed === '') return null
  const value = Number(trimmed)
  const isRight = value >= min && value <= max && (!isWhole || Number.isInteger(value))
  return isRight ? value : undefined
}
