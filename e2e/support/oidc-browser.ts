import { signInWithBrowser } from '../../src/bridge/sign-in/browser-sign-in.ts'
import { lookAtRelay } from '../../src/bridge/sign-in/relay-offer.ts'
import type { SignedIn } from '../../src/bridge/sign-in/token-keeper.ts'
import type { Relay } from '../../src/relay/relay.ts'
import { systemClock as clock } from '../../src/tunnel/system-clock.ts'
import { AUDIENCE } from './oidc-provider-here.ts'

/** A new device of the user with this login at the relay's provider. */
export async function signInAs(relay: Relay, login: string): Promise<SignedIn> {
  const identity = await signInWithBrowser({
    offer: await lookAtRelay(new URL(`${relay.url}/`), clock),
    audience: AUDIENCE,
    deviceName: 'test desk',
    openBrowser: (url) => void new OidcBrowser(login).visit(url),
    signal: new AbortController().signal,
    clock,
  })
  return identity as SignedIn
}

/** Imitates a person in a browser: follows redirects, stores cookies, fills in and submits forms. */
export class OidcBrowser {
  readonly #cookies = new Map<string, string>()
  readonly #fields: Readonly<Record<string, string>>

  /** @param login the name that is typed in */
  constructor(login: string) {
    this.#fields = { login, password: 'any' }
  }

  /** Submits forms until a page has none. @returns that page's text */
  async visit(url: string): Promise<string> {
    let page = await this.#go(url)
    for (let form = formIn(page.html); form !== undefined; form = formIn(page.html)) {
      const body = new URLSearchParams({ ...form.fields, ...pick(this.#fields, form.names) })
      page = await this.#go(new URL(form.action, page.url).href, body)
    }
    return page.html
  }

  /** The user changes their mind on the first page. */
  async abort(url: string): Promise<string> {
    const page = await this.#go(url)
    const link = /href="([^"]*\/abort)"/.exec(page.html)?.[1] ?? ''
    return (await this.#go(new URL(link, page.url).href)).html
  }

  async #go(url: string, body?: URLSearchParams): Promise<{ url: string; html: string }> {
    const { host } = new URL(url)
    const cookie = [...this.#cookies].flatMap(([key, value]) =>
      key.startsWith(`${host} `) ? `${key.slice(host.length + 1)}=${value}` : [],
    )
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: { cookie: cookie.join('; ') },
      ...(body !== undefined && { body }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.#cookies.set(`${host} ${name}`, value)
    }
    const location = response.headers.get('location')
    const html = await response.text()
    return location === null ? { url, html } : this.#go(new URL(location, url).href)
  }
}

function formIn(html: string) {
  const form = /<form[^>]*action="([^"]*)"[\s\S]*?<\/form>/.exec(html)
  if (form === null) return undefined
  const inputs = [...form[0].matchAll(/<input([^>]*)>/g)].map(([, attributes = '']) => ({
    name: /name="([^"]*)"/.exec(attributes)?.[1] ?? '',
    value: /value="([^"]*)"/.exec(attributes)?.[1] ?? '',
  }))
  return {
    action: form[1] ?? '',
    names: inputs.map(({ name }) => name),
    fields: Object.fromEntries(inputs.map(({ name, value }) => [name, value])),
  }
}

function pick(fields: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)))
}
