import type { AppError } from '../../shared/errors.ts'

/**
 * An error's sentence as it stands in a window: without commands to type and options that only a command line
 * has.
 */
export function errorWords({ message }: Pick<AppError, 'message'>): string {
  const plain = message
    .replace(/^--[\w-]+: /, '')
    .replaceAll(/ [^.!?]*(?:\bnpx cloudtolocalllm\b|--[a-z])(?:[^.]|\.(?!\s|$))*\.?/g, '')
    .trim()
  return plain.charAt(0).toUpperCase() + plain.slice(1)
}
