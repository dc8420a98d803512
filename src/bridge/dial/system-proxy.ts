/** Resolves the system's proxy for a URL, including PAC files: "PROXY host:port; DIRECT", in Chromium's format. */
export type ResolveProxy = (url: string) => Promise<string>

/** Records the value set here, to distinguish it from the user's. */
const MARK = 'CLOUDTOLOCALLLM_SYSTEM_PROXY'
const OURS = ['HTTPS_PROXY', 'HTTP_PROXY', MARK]
const NAMES = ['https_proxy', 'http_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()])

/**
 * Copies the system proxy into the environment, where everything that dials reads it. The user's own variables take
 * precedence.
 */
export class SystemProxy {
  readonly #env: NodeJS.ProcessEnv
  readonly #resolve: ResolveProxy
  readonly #isNamed: boolean

  constructor(env: NodeJS.ProcessEnv, resolve: ResolveProxy) {
    this.#env = env
    this.#resolve = resolve
    // Inherited from the app that started this one, after an update or a crash, not set by the user.
    if (env[MARK] !== undefined) this.#put(null)
    this.#isNamed = NAMES.some((name) => env[name])
  }

  /** Call before each connection, since the result changes with the network. Never rejects. */
  async refresh(url: URL): Promise<void> {
    if (this.#isNamed) return
    this.#put(proxyIn(await this.#resolve(url.href).catch(() => 'DIRECT')))
  }

  #put(proxy: string | null): void {
    for (const name of OURS)
      if (proxy === null) delete this.#env[name]
      else this.#env[name] = proxy
  }
}

/** The first usable proxy in the result; `null` for none or `DIRECT`. SOCKS proxies are skipped. */
export function proxyIn(answer: string): string | null {
  for (const way of answer.split(';')) {
    const [kind = '', host = ''] = way.trim().split(/\s+/)
    if (kind.toUpperCase() === 'DIRECT') return null
    const scheme = { PROXY: 'http', HTTP: 'http', HTTPS: 'https' }[kind.toUpperCase()]
    if (scheme !== undefined && URL.canParse(`${scheme}://${host}`) && host !== '')
      return `${scheme}://${host}`
  }
  return null
}
