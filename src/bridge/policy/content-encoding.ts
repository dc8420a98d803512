import zlib from 'node:zlib'
import { readAll, type Allowance } from '../../shared/byte-queue.ts'
import { AppError } from '../../shared/errors.ts'
import type { Route } from '../../shared/routes.ts'

/** Ollama's limit for a decoded body (server/cloud_proxy.go:35-37). */
const MAX_DECODED_BYTES = 20 * 1024 * 1024

/** Caps the window that a body can make the decoder allocate; bodies of the permitted size need no more. */
const MAX_WINDOW_LOG = 25
/** Registered HTTP codings that change the bytes, alone or in a list. */
const CODING =
  /(?:^|,)\s*(?:x-)?(?:gzip|compress|deflate|br|d?zstd|dcb|dcz|exi|aes128gcm|pack200-gzip)\s*(?:,|$)/

/**
 * Decodes a body that must be inspected. Ollama decodes only zstd, and only under /v1. Decoded bytes count
 * against the allowance.
 * @throws AppError MEDIA_NOT_SUPPORTED, BODY_TOO_LARGE, BODY_NOT_STRICT, and errors of the allowance
 */
export async function decodeBody(
  route: Route,
  encoding: string | undefined,
  bytes: Uint8Array,
  allowance: Allowance,
): Promise<Uint8Array> {
  const name = encoding?.trim().toLowerCase() ?? ''
  // Some clients put a charset here. A value that is not a coding does not change the bytes, so they are
  // checked and forwarded unchanged.
  if (!CODING.test(name)) return bytes
  if (name !== 'zstd' || route.dialect === 'ollama') throw new AppError('MEDIA_NOT_SUPPORTED')
  const decoder = zlib.createZstdDecompress({
    params: { [zlib.constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
  })
  decoder.end(bytes)
  return readAll(decoder, MAX_DECODED_BYTES, allowance).catch((cause: unknown) => {
    throw cause instanceof AppError ? cause : new AppError('BODY_NOT_STRICT', undefined, { cause })
  })
}
