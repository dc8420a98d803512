import { createReadStream } from 'node:fs'
import { AppError } from '../shared/errors.ts'
import type { Output } from './output.ts'

const MAX_BYTES = 64 * 1024

/** For a secret on a command line. @param instead how else to give it */
export function warnOfSecret(option: string, instead: string, output: Output): void {
  output.warn(`${option}: every user of this machine can read a command line. Use ${instead} instead.`)
}

/**
 * A secret that stands in a file by itself. Line breaks at its end do not count.
 * @param place a path; `-` = standard input
 * @throws AppError CONFIG_INVALID, without anything that was read
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
