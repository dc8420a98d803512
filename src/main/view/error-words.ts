import type { AppError } from '../../shared/errors.ts'

/**
 * An error's sentence as it stands in a window: without the option that a command line would name, and without commands
 * to type.
 */
export function errorWords({ message }: Pick<AppError, 'message'>): string {
  const plain = message
    .replace(/^--[\w-]+: /, '')
    .replaceAll(/ [^.!?]*\bnpx cloudtolocalllm\b[^.]*(?:\.(?=\s|$)|$)/g, '')
    .trim()
  return plain.charAt(0).toUpperCase() + plain.slice(1)
}
