import { readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

export const APP_SCHEME = 'app'
/** Origin of the window's pages. */
export const APP_ORIGIN = `${APP_SCHEME}://cloudtolocalllm`

/** The window's files may run their own scripts and must not connect anywhere. */
const SECURITY = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

/** Serves `app://` requests from one folder. Never rejects. @param folder absolute path */
export async function assetResponse(folder: string, url: string): Promise<Response> {
  const path = pathIn(folder, url)
  const type = path === null ? undefined : TYPES[extname(path)]
  if (path === null || type === undefined) return notFound()
  try {
    return new Response(new Uint8Array(await readFile(path)), {
      headers: { ...SECURITY, 'content-type': type },
    })
  } catch {
    return notFound()
  }
}

function pathIn(folder: string, url: string): string | null {
  try {
    const name = decodeURIComponent(new URL(url).pathname)
    const path = join(folder, name === '/' ? 'index.html' : name)
    return path.startsWith(folder + sep) && !name.includes('\0') ? path : null
  } catch {
    return null
  }
}

function notFound(): Response {
  return new Response(null, { status: 404, headers: SECURITY })
}
