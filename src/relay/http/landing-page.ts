import type { RawHeaders } from '../../shared/headers.ts'

/** The public response to `GET /`: the Ollama CLI requests it first, and gives up on a 401. */
export interface RootAnswer {
  readonly headers: RawHeaders
  readonly body: string
}

/** The state of the key in a visitor's address. */
export type KeyState = 'works' | 'offline' | 'unknown'

const KEY_WORDS: Readonly<Record<KeyState, string>> = {
  works: 'The key in this address works: its desktop is connected.',
  offline: 'The key in this address belongs to a desktop that is offline.',
  unknown: 'The key in this address does not work: it was revoked, has expired, or belongs to another relay.',
}

/**
 * @param accept the client's Accept header: browsers get a page, other clients Ollama's text
 * @param key the state of the key in the address; `undefined` without one
 */
export function rootAnswerFor(accept: string | undefined, key?: KeyState): RootAnswer {
  const [type, body] = accept?.includes('text/html')
    ? [
        'text/html',
        PAGE.replace('<!-- key -->', key === undefined ? '' : `<p><strong>${KEY_WORDS[key]}</strong></p>`),
      ]
    : ['text/plain', 'Ollama is running']
  const headers = [
    'content-type',
    `${type}; charset=utf-8`,
    'content-length',
    String(Buffer.byteLength(body)),
  ]
  return { headers: [...headers, ...PROTECTION], body }
}

/** The URL may contain a key (`/k/<key>`): keep it out of Referer headers and caches. */
const PROTECTION: RawHeaders = Object.entries({
  vary: 'Accept',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
}).flat()

/** Replaces the chat page's service worker where the page is switched off: removes itself and the files that it kept. */
export const REMOVING_WORKER = `self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(remove()))

async function remove() {
  await self.clients.claim()
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name.startsWith('shell-')).map((name) => caches.delete(name)))
  await self.registration.unregister()
  for (const client of await self.clients.matchAll({ type: 'window' })) await client.navigate(client.url)
}
`

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>CloudToLocalLLM relay</title>
<style>
  :root { color-scheme: light dark; --text: #1c1e21; --soft: #5b6168; --page: #fff; --box: #f3f4f6 }
  @media (prefers-color-scheme: dark) {
    :root { --text: #e8eaed; --soft: #9aa1a9; --page: #15171a; --box: #22252a }
  }
  body { margin: 0 auto; max-width: 42rem; padding: 3rem 1.25rem; background: var(--page); color: var(--text);
    font: 1rem/1.6 system-ui, sans-serif }
  h1 { font-size: 1.5rem; line-height: 1.3 }
  h2 { font-size: 1rem; margin: 2rem 0 .5rem }
  p { color: var(--soft) }
  pre { background: var(--box); border-radius: .5rem; padding: .75rem 1rem; overflow-x: auto }
</style>
<main>
  <h1>This relay connects people with the language models on their own computers.</h1>
  <!-- key -->
  <p>It is running. To use a model, you need a key from its owner: replace <code>KEY</code> with that key, and <code>RELAY</code>
    with the host name of this page.</p>
  <h2>Ollama CLI</h2>
  <pre>OLLAMA_HOST=https://RELAY/k/KEY ollama run llama3.2</pre>
  <h2>OpenAI clients</h2>
  <pre>OPENAI_BASE_URL=https://RELAY/v1
OPENAI_API_KEY=KEY</pre>
  <h2>curl</h2>
  <pre>curl https://RELAY/api/tags -H 'Authorization: Bearer KEY'</pre>
  <h2>Your own computer</h2>
  <p>To reach your own models through this relay, ask its operator for a pairing code and run this on your computer:</p>
  <pre>cloudtolocalllm pair --relay https://RELAY CODE
cloudtolocalllm bridge</pre>
</main>
</html>
`
