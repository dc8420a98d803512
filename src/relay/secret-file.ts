import { closeSync, openSync, readSync } from 'node:fs'
import { AppError } from '../shared/errors.ts'

/** Behind the name of a secret's variable: the value is a file that holds the secret. */
const SUFFIX = '_FILE'
const MAX_BYTES = 64 * 1024

/** The variables of a secret that name a file. */
export function fileVariablesOf(variables: readonly string[]): readonly string[] {
  return variables.map((name) => `${name}${SUFFIX}`)
}

/**
 * A secret that stands in a file by itself. Line breaks at its end do not count.
 * @param label the flag or variable that named the file
 * @throws AppError CONFIG_INVALID, without anything that stands in the file
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

/** At most one more than allowed: a pipe is welcome, and some files never end. */
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
