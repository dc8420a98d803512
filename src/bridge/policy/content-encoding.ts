import { constants, createZstdDecompress } from 'node:zlib'
import { readAll, type Allowance } from '../../shared/byte-queue.ts'
import { AppError } from '../../shared/errors.ts'
import type { Route } from '../../shared/routes.ts'

/** Ollama's limit for a decoded body (server/cloud_proxy.go:35-37). */
const MAX_DECODED_BYTES = 20 * 1024 * 1024

/** Limit of the window that the decoder allocates at the body's request: no body of that size needs more. */
const MAX_WINDOW_LOG = 25
/** The registered HTTP codings that change the bytes, alone or in a list. */
const CODING =
  /(?:^|,)\s*(?:x-)?(?:gzip|compress|deflate|br|d?zstd|dcb|dcz|exi|aes128gcm|pack200-gzip)\s*(?:,|$)/

/**
 * Decodes a body that must be read. Ollama decodes zstd under /v1 and nothing else. The output is accounted to the
 * allowance.
 * @throws AppError MEDIA_NOT_SUPPORTED, BODY_TOO_LARGE, BODY_NOT_STRICT, and the allowance's error
 */
export async function decodeBody(
  route: Route,
  encoding: string | undefined,
  bytes: Uint8Array,
  allowance: Allowance,
): Promise<Uint8Array> {
  const name = encoding?.trim().toLowerCase() ?? ''
  // Some clients put a charset here. An unknown token hides nothing, so the body is authorized and forwarded unchanged.
  if (!CODING.test(name)) return bytes
  if (name !== 'zstd' || route.dialect === 'ollama') throw new AppError('MEDIA_NOT_SUPPORTED')
  const decoder = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG } })
  decoder.end(bytes)
  return readAll(decoder, MAX_DECODED_BYTES, allowance).catch((cause: unknown) => {
    throw cause instanceof AppError ? cause : new AppError('BODY_NOT_STRICT', undefined, { cause })
  })
}
