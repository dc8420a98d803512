import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { extname, join, relative } from 'node:path'
import { headerOf, type RawHeaders } from '../shared/headers.ts'
import { AppError } from '../shared/errors.ts'
import { ownFields } from './own-answer.ts'
import type { RequestFacts } from './request-context.ts'

interface PageFile {
  readonly type: string
  readonly etag: string
  readonly isHashed: boolean
  /** By content coding; `identity` is the file itself. */
  readonly bodies: Readonly<Record<string, Buffer>>
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
}
/** In order of preference. */
const CODINGS = { br: '.br', gzip: '.gz' } as const
/** Built files whose name changes with their content. */
const HASHED = /-[\w-]{8}\.(?:js|css)$/
/** The chat page loads nothing from elsewhere, and runs only scripts from its own files. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // No text becomes markup or script. The only policy is for the service worker's address (src/web/chat/shell-updates.ts).
  "require-trusted-types-for 'script'",
  'trusted-types shell',
].join('; ')
const PROTECTION: RawHeaders = Object.entries({
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}).flat()
/** Has no effect over plain HTTP, where browsers report it as an error. */
const ISOLATION: RawHeaders = ['cross-origin-opener-policy', 'same-origin']

/** The built chat page, in memory: a fixed set of files, so no request can name another. */
export class PageFiles {
  readonly #files: ReadonlyMap<string, PageFile>

  /** @param folder `dist/web`; where it is missing, there is no page */
  constructor(folder: string) {
    const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
    const served = names.filter((name) => Object.hasOwn(TYPES, extname(name)))
    this.#files = new Map(
      served.map((name) => [relative('', name).replaceAll('\\', '/'), read(folder, name)]),
    )
  }

  get hasPage(): boolean {
    return this.#files.has('index.html')
  }

  /** @param name `index.html`, or the path without its leading slash. @throws AppError NOT_FOUND */
  respond(context: RequestFacts, name: string): void {
    const file = this.#files.get(name)
    if (file === undefined) throw new AppError('NOT_FOUND')
    const { request, response } = context
    const fields = [...fieldsOf(file), ...PROTECTION, ...isolationFor(request), ...ownFields(context)]
    if (headerOf(request.rawHeaders, 'if-none-match') === file.etag) {
      response.writeHead(304, fields)
      return void response.end()
    }
    const [coding, body] = bodyFor(file, headerOf(request.rawHeaders, 'accept-encoding') ?? '')
    if (coding !== 'identity') fields.push('content-encoding', coding)
    response.writeHead(200, [...fields, 'content-type', file.type, 'content-length', String(body.length)])
    response.end(body)
  }
}

/** Browsers send `Sec-Fetch-Mode` only over HTTPS and to their own computer (https://www.w3.org/TR/fetch-metadata/). */
function isolationFor({ rawHeaders }: IncomingMessage): RawHeaders {
  return headerOf(rawHeaders, 'sec-fetch-mode') === undefined ? [] : ISOLATION
}

function read(folder: string, name: string): PageFile {
  const path = join(folder, name)
  const identity = readFileSync(path)
  const coded = Object.entries(CODINGS).filter(([, extension]) => existsSync(path + extension))
  const bodies = coded.map(([coding, extension]) => [coding, readFileSync(path + extension)])
  const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`
  const type = TYPES[extname(name)] ?? ''
  return { type, etag, isHashed: HASHED.test(name), bodies: { identity, ...Object.fromEntries(bodies) } }
}

/** The page itself is requested again each time, because it names the other files. */
function fieldsOf({ etag, isHashed }: PageFile): string[] {
  const caching = isHashed ? 'public, max-age=31536000, immutable' : 'no-cache'
  return ['etag', etag, 'cache-control', caching, 'vary', 'Accept, Accept-Encoding']
}

function bodyFor({ bodies }: PageFile, accepted: string): [string, Buffer] {
  const takes = (coding: string): boolean =>
    accepted
      .split(',')
      .some((each) => each.split(';')[0]?.trim().toLowerCase() === coding && !/q=0(?:\.0*)?\s*$/.test(each))
  const coding = Object.keys(CODINGS).find((each) => bodies[each] !== undefined && takes(each)) ?? 'identity'
  return [coding, bodies[coding] ?? Buffer.alloc(0)]
}
