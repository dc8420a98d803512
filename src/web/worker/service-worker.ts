/**
 * Keeps the page's own files, so that it opens without a network and stored conversations can be read. Requests to the
 * relay's API are never touched.
 */
declare const self: ServiceWorkerGlobalScope

/** Filled in by the build: changes with each version of the page. */
declare const SHELL: { readonly version: string; readonly files: readonly string[] }

const CACHE = `shell-${SHELL.version}`
/** The relay answers programs at the same address with other text. */
const AS_PAGE = { headers: { accept: 'text/html' } }

self.addEventListener('install', (event) => event.waitUntil(store()))
self.addEventListener('activate', (event) => event.waitUntil(cleanUp()))
self.addEventListener('message', (event) => {
  if (event.data === 'activate') void self.skipWaiting()
})
self.addEventListener('fetch', (event) => {
  const name = nameOf(event.request)
  if (name !== null) event.respondWith(stored(name, event.request))
})

async function store(): Promise<void> {
  const cache = await caches.open(CACHE)
  await cache.addAll([new Request(addressOf(''), AS_PAGE), ...SHELL.files.map(addressOf)])
}

async function cleanUp(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))
  await self.clients.claim()
}

/** The file that the request is for: `''` for the page itself, `null` for anything else. */
function nameOf({ method, mode, url }: Request): string | null {
  const { origin, pathname, search } = new URL(url)
  const scope = new URL(self.registration.scope)
  if (method !== 'GET' || search !== '' || origin !== scope.origin || !pathname.startsWith(scope.pathname))
    return null
  const name = pathname.slice(scope.pathname.length)
  if (name === '') return mode === 'navigate' ? '' : null
  return SHELL.files.includes(name) ? name : null
}

async function stored(name: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE)
  return (await cache.match(addressOf(name), { ignoreVary: true })) ?? fetch(request)
}

function addressOf(name: string): string {
  return new URL(name, self.registration.scope).href
}
