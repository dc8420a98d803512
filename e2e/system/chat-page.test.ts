import { brotliDecompressSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { fresh, shared as it } from '../support/fixtures.ts'
import { rawRequest } from '../support/raw-request.ts'

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const KEY = `ctl_${'a'.repeat(20)}_${'A'.repeat(43)}`

describe('the chat page', () => {
  it('is served to browsers at /, while other programs get Ollama’s text', async ({ relay }) => {
    const page = await fetch(relay.url, { headers: BROWSER })
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = page.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(await page.text()).toContain('id="page"')
    expect(await (await fetch(relay.url)).text()).toBe('Ollama is running')
  })

  it('is isolated from pages that open it, unless the browser would ignore that over plain HTTP', async ({
    relay,
  }) => {
    const isolationOf = async (headers: Record<string, string>) =>
      (await rawRequest(relay.url, { headers })).headers['cross-origin-opener-policy']
    expect(await isolationOf({ ...BROWSER, 'sec-fetch-mode': 'navigate' })).toBe('same-origin')
    expect(await isolationOf(BROWSER)).toBeUndefined()
  })

  it('consists of this relay’s files, cached indefinitely if their name has a hash', async ({ relay }) => {
    const html = await (await fetch(relay.url, { headers: BROWSER })).text()
    const names = [...html.matchAll(/(?:src|href)="\.\/(chat\/[^"]+)"/g)].map(([, name]) => name)
    expect(names.length).toBeGreaterThan(2)
    expect(html).not.toMatch(
      /(?:src|href)="(?:https?:|\/\/|data:)|<style|style=|<script(?! type="module"[^>]* src=)/,
    )
    for (const name of [...names, 'sw.js']) {
      const file = await fetch(`${relay.url}/${name}`)
      expect([name, file.status]).toEqual([name, 200])
      expect(file.headers.get('x-content-type-options')).toBe('nosniff')
      const caching = /-[\w-]{8}\.(?:js|css)$/.test(name ?? '')
        ? 'public, max-age=31536000, immutable'
        : 'no-cache'
      expect(file.headers.get('cache-control')).toBe(caching)
    }
  })

  it('is sent compressed, and only if it has changed', async ({ relay }) => {
    const { headers, body } = await rawRequest(relay.url, {
      headers: { ...BROWSER, 'accept-encoding': 'gzip, br' },
    })
    expect(headers['content-encoding']).toBe('br')
    expect(brotliDecompressSync(body).toString()).toContain('id="page"')
    const etag = String(headers['etag'])
    const again = await fetch(relay.url, { headers: { ...BROWSER, 'if-none-match': etag } })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const plain = await rawRequest(relay.url, { headers: { ...BROWSER, 'accept-encoding': 'br;q=0' } })
    expect(plain.headers['content-encoding']).toBeUndefined()
  })

  it.for([
    [`/k/${KEY}`, `../#k=${KEY}`],
    [`/k/${KEY}/`, `../../#k=${KEY}`],
  ] as const)('a key in the path is moved to the fragment: %s', async ([path, location], { relay }) => {
    const answer = await fetch(relay.url + path, { headers: BROWSER, redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, location])
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it.for(['/chat/nope.js', '/chat/index.html', '/licenses.md'])('there is no %s', async (path, { relay }) => {
    expect((await rawRequest(relay.url, { target: path })).status).toBe(404)
  })
})

const off = fresh.override('relayFlags', { chatPage: 'false' })

off(
  'with CHAT_PAGE=false a browser gets a page that says how to use a key, and whether its own works',
  async ({ relay, desk }) => {
    const textAt = async (path: string) => (await fetch(relay.url + path, { headers: BROWSER })).text()
    const page = await textAt('/')
    expect(page).toContain('OPENAI_BASE_URL')
    expect(page).not.toContain('The key in this address')
    expect(await textAt(`/k/${desk.key}`)).toContain('The key in this address works')
    await desk.keys.revoke('test')
    await expect.poll(() => textAt(`/k/${desk.key}/`)).toContain('The key in this address does not work')
    expect((await fetch(`${relay.url}/chat/manifest.webmanifest`)).status).toBe(404)
  },
)
