/** Asks the system, PAC files included, which way leads to a URL: "PROXY host:port; DIRECT", as Chromium says it. */
export type ResolveProxy = (url: string) => Promise<string>

/** What is set, and the mark that it was set here. */
const MARK = 'CLOUDTOLOCALLLM_SYSTEM_PROXY'
const OURS = ['HTTPS_PROXY', 'HTTP_PROXY', MARK]
const NAMES = ['https_proxy', 'http_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()])

/**
 * The system's proxy as the environment's, where everything that dials looks for one. What the user put into the
 * environment wins.
 */
export class SystemProxy {
  readonly #env: NodeJS.ProcessEnv
  readonly #resolve: ResolveProxy
  readonly #isNamed: boolean

  constructor(env: NodeJS.ProcessEnv, resolve: ResolveProxy) {
    this.#env = env
    this.#resolve = resolve
    // Inherited from the app that started this one, after an update or a crash: not the user's word.
    if (env[MARK] !== undefined) this.#put(null)
    this.#isNamed = NAMES.some((name) => env[name])
  }

  /** To be called before each connection: the answer changes with the network. Never rejects. */
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

/** The first proxy of an answer that we can use; `null` = none, or directly before it. SOCKS is passed over. */
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
