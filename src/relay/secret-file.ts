import { closeSync, openSync, readSync } from 'node:fs'
import { AppError } from '../shared/errors.ts'

/** Suffix of variables that name a file with the secret. */
const SUFFIX = '_FILE'
const MAX_BYTES = 64 * 1024

/** The variables that name a file for a secret. */
export function fileVariablesOf(variables: readonly string[]): readonly string[] {
  return variables.map((name) => `${name}${SUFFIX}`)
}

/**
 * Reads a secret from a file. Trailing line breaks are removed.
 * @param label the flag or variable that named the file
 * @throws AppError CONFIG_INVALID, without the file's content
 */
export function readSecretFile(path: string, label: string): string {
  const secret = textOf(path, label).trim()
  if (secret === '') throw new AppError('CONFIG_INVALID', `${label}: ${path} is empty`)
  return secret
}

function textOf(path: string, label: string): string {
  const text = firstBytes(path, label)
  if (text.length <= MAX_BYTES) return text.toString()
  throw new AppError('CONFIG_INVALID', `${label}: ${path} is too large for a secret`)
}

/** Reads at most one byte more than allowed: pipes are supported, and some files are endless. */
function firstBytes(path: string, label: string): Buffer {
  const bytes = Buffer.alloc(MAX_BYTES + 1)
  let length = 0
  try {
    const file = openSync(path, 'r')
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null)
    closeSync(file)
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${label}: ${path} cannot be read`, { cause })
  }
  return bytes.subarray(0, length)
}
