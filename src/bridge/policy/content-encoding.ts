import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { AppError } from '../../shared/errors.ts'
import type { Route } from '../../shared/routes.ts'

/** Ollama's own limit for a decoded body (server/cloud_proxy.go:35-37). */
const MAX_DECODED_BYTES = 20 * 1024 * 1024

const decompress = promisify(zstdDecompress)

/**
 * Undoes the encoding of a body that must be read. Ollama decodes zstd under /v1, and nothing else.
 * @throws AppError MEDIA_NOT_SUPPORTED, BODY_TOO_LARGE, BODY_NOT_STRICT
 */
export async function decodeBody(
  route: Route,
  encoding: string | undefined,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const name = encoding?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity') return bytes
  if (name !== 'zstd' || route.dialect === 'ollama') throw new AppError('MEDIA_NOT_SUPPORTED')
  try {
    return await decompress(bytes, { maxOutputLength: MAX_DECODED_BYTES })
  } catch (cause) {
    const tooLarge = cause instanceof RangeError
    throw new AppError(tooLarge ? 'BODY_TOO_LARGE' : 'BODY_NOT_STRICT', undefined, { cause })
  }
}
