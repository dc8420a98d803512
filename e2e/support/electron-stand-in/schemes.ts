import type { CustomScheme } from 'electron'
import { app } from './app.ts'
import { strict, strictEmitter } from './strict.ts'

type SchemeHandler = (request: Request) => Response | Promise<Response>

const privileged = new Set<string>()
const handlers = new Map<string, SchemeHandler>()

export const protocol = strict('protocol', {
  registerSchemesAsPrivileged(schemes: readonly CustomScheme[]): void {
    if (app.isReady())
      throw new Error('protocol.registerSchemesAsPrivileged must be called before app is ready')
    for (const { scheme } of schemes) privileged.add(scheme)
  },
  handle(scheme: string, handler: SchemeHandler): void {
    if (!app.isReady()) throw new Error('protocol.handle must be called after app is ready')
    // A page of a non-standard scheme has no origin, which is a mistake in any app.
    if (!privileged.has(scheme)) throw new Error(`the scheme ${scheme} was not registered as privileged`)
    if (handlers.has(scheme)) throw new Error(`the scheme ${scheme} is handled already`)
    handlers.set(scheme, handler)
  },
  unhandle: (scheme: string) => void handlers.delete(scheme),
  isProtocolHandled: (scheme: string) => handlers.has(scheme),
})

/**
 * Chromium outside Electron has no custom schemes: app://window/x is loaded as http://window.app.localhost/x, which never
 * reaches a network. Like the original it is a separate secure origin.
 */
export function toChromiumUrl(url: string): string {
  const { protocol: scheme, host } = new URL(url)
  const name = scheme.slice(0, -1)
  if (!handlers.has(name)) return url
  return `http://${host}.${name}.localhost${url.slice(`${scheme}//${host}`.length)}`
}

/** The inverse of the above. */
export function toAppUrl(url: string): string {
  const [, host, name = '', rest] = /^http:\/\/(.+)\.([^.]+)\.localhost(\/.*)?$/.exec(url) ?? []
  return handlers.has(name) ? `${name}://${host}${rest ?? '/'}` : url
}

/** The app's response to this request; undefined for unregistered schemes. */
export async function answerOf(request: Request): Promise<Response | undefined> {
  return handlers.get(new URL(request.url).protocol.slice(0, -1))?.(request)
}

type PermissionAsked = (
  contents: unknown,
  permission: string,
  done: (isGranted: boolean) => void,
  facts: object,
) => void
type PermissionChecked = (contents: unknown, permission: string, origin: string, facts: object) => boolean
type Verdict = { readonly cancel?: boolean }
type RequestListener = (
  facts: { readonly url: string; readonly method: string },
  done: (verdict: Verdict) => void,
) => void

class Session extends strictEmitter('session') {
  readonly protocol = protocol
  #asked: PermissionAsked = (_contents, _permission, done) => done(true)
  #checked: PermissionChecked = () => true
  #listener: RequestListener = (_facts, done) => done({})
  readonly webRequest = strict('session.webRequest', {
    onBeforeRequest: (...args: readonly [...filter: unknown[], listener: RequestListener]) => {
      this.#listener = args.at(-1) as RequestListener
    },
  })

  setPermissionRequestHandler = (handler: PermissionAsked): void => void (this.#asked = handler)
  setPermissionCheckHandler = (handler: PermissionChecked): void => void (this.#checked = handler)
  setDevicePermissionHandler = (_handler: () => boolean): void => {}
  setSpellCheckerEnabled = (_isOn: boolean): void => {}
  setSpellCheckerLanguages = (_languages: string[]): void => {}
  /** This machine has no proxy. */
  resolveProxy = async (_url: string): Promise<string> => 'DIRECT'
  forceReloadProxyConfig = async (): Promise<void> => {}
  closeAllConnections = async (): Promise<void> => {}
  clearCache = async (): Promise<void> => {}

  /** Electron asks the app about each permission when a page requests it; Chromium needs the decision in advance. */
  async isGranted(contents: unknown, permission: string, origin: string): Promise<boolean> {
    const facts = { requestingUrl: origin, isMainFrame: true }
    const asked = new Promise<boolean>((done) => this.#asked(contents, permission, done, facts))
    return (await asked) && this.#checked(contents, permission, origin, facts)
  }

  async isCancelled(url: string, method: string): Promise<boolean> {
    const verdict = await new Promise<Verdict>((done) => this.#listener({ url, method }, done))
    return verdict.cancel ?? false
  }
}

const defaultSession = new Session()
export const session = strict('session', {
  defaultSession,
  fromPartition: (_name: string, _options?: object) => new Session(),
})
