import type { AppError } from '../../shared/errors.ts'

/** An error message for the window, without commands and command-line options. */
export function errorWords({ message }: Pick<AppError, 'message'>): string {
  const plain = message
    .replace(/^--[\w-]+: /, '')
    .replaceAll(/ [^.!?]*(?:\bnpx cloudtolocalllm\b|--[a-z])(?:[^.]|\.(?!\s|$))*\.?/g, '')
    .trim()
  return plain.charAt(0).toUpperCase() + plain.slice(1)
}
