import { constants, createZstdDecompress } from 'node:zlib'
import { readAll, type Allowance } from '../../shared/byte-queue.ts'
import { AppError } from '../../shared/errors.ts'
import type { Route } from '../../shared/routes.ts'

/** Ollama's own limit for a decoded body (server/cloud_proxy.go:35-37). */
const MAX_DECODED_BYTES = 20 * 1024 * 1024

/** Of the window that the decoder allocates because the body says so: no body of that size needs more. */
const MAX_WINDOW_LOG = 25
/** Those of HTTP's registry that change the bytes, alone or in a list. */
const CODING =
  /(?:^|,)\s*(?:x-)?(?:gzip|compress|deflate|br|d?zstd|dcb|dcz|exi|aes128gcm|pack200-gzip)\s*(?:,|$)/

/**
 * Undoes the encoding of a body that must be read. Ollama decodes zstd under /v1, and nothing else. What comes out is counted at the
 * allowance.
 * @throws AppError MEDIA_NOT_SUPPORTED, BODY_TOO_LARGE, BODY_NOT_STRICT, and what the allowance throws
 */
export async function decodeBody(
  route: Route,
  encoding: string | undefined,
  bytes: Uint8Array,
  allowance: Allowance,
): Promise<Uint8Array> {
  const name = encoding?.trim().toLowerCase() ?? ''
  // Some clients name a charset here. Whatever is no coding hides nothing: it is judged, and goes on, as it is.
  if (!CODING.test(name)) return bytes
  if (name !== 'zstd' || route.dialect === 'ollama') throw new AppError('MEDIA_NOT_SUPPORTED')
  const decoder = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG } })
  decoder.end(bytes)
  return readAll(decoder, MAX_DECODED_BYTES, allowance).catch((cause: unknown) => {
    throw cause instanceof AppError ? cause : new AppError('BODY_NOT_STRICT', undefined, { cause })
  })
}
