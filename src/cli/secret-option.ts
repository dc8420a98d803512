import { createReadStream } from 'node:fs'
import { AppError } from '../shared/errors.ts'
import type { Output } from './output.ts'

const MAX_BYTES = 64 * 1024

/** Warns about a secret on the command line. @param instead the recommended alternative */
export function warnOfSecret(option: string, instead: string, output: Output): void {
  output.warn(`${option}: other users of this computer can read the command line. Use ${instead} instead.`)
}

/**
 * Reads a secret from a file. Trailing line breaks are removed.
 * @param place a path; `-` for standard input
 * @throws AppError CONFIG_INVALID, without the file's content
 */
export async function readSecret(option: string, place: string): Promise<string> {
  const secret = (await textIn(option, place)).trim()
  if (secret === '') throw new AppError('CONFIG_INVALID', `${option}: ${nameOf(place)} is empty`)
  return secret
}

async function textIn(option: string, place: string): Promise<string> {
  const source = place === '-' ? process.stdin : createReadStream(place)
  const pieces: Buffer[] = []
  let length = 0
  try {
    for await (const piece of source as AsyncIterable<Buffer>) {
      pieces.push(piece)
      length += piece.length
      if (length > MAX_BYTES) break
    }
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${option}: ${nameOf(place)} cannot be read`, { cause })
  }
  if (length <= MAX_BYTES) return Buffer.concat(pieces).toString()
  throw new AppError('CONFIG_INVALID', `${option}: ${nameOf(place)} is too large for a secret`)
}

function nameOf(place: string): string {
  return place === '-' ? 'standard input' : place
}
