import type { Page } from 'playwright-core'
import { DesktopApp, type LaunchOptions } from './desktop-app.ts'
import { FakeUpstream } from './fake-upstream.ts'
import { Workshop, type Program } from './program.ts'
import { TrayHost } from './tray-host.ts'

export interface RelayProcess {
  readonly url: string
  readonly program: Program
  readonly dataDir: string
  /** A code that was not used before: the relay prints the next one when the last was used. */
  readonly pairingCode: () => Promise<string>
}

/** Everything around the app: a relay's process, a model server, a desktop with or without a tray. */
export class DesktopStage {
  readonly upstream: FakeUpstream
  readonly workshop = new Workshop()
  readonly #tray: TrayHost
  readonly #apps: DesktopApp[] = []

  private constructor(upstream: FakeUpstream, tray: TrayHost) {
    this.upstream = upstream
    this.#tray = tray
  }

  static async start(): Promise<DesktopStage> {
    return new DesktopStage(await FakeUpstream.start(), await TrayHost.start())
  }

  async startRelay(env: Record<string, string> = {}, port = '0', dataDir?: string): Promise<RelayProcess> {
    const dir = dataDir ?? (await this.workshop.dataDir())
    const program = this.workshop.run(['relay', '--json', '--port', port, '--data-dir', dir], { env })
    const codeFrom = (name: string) =>
      program.stdout.json<{ url: string; pairingCode: string }>(
        (line) => 'event' in line && line.event === name,
      )
    const first = await codeFrom('listening')
    const codes = [first.pairingCode]
    const pairingCode = async (): Promise<string> => codes.pop() ?? (await codeFrom('pairing')).pairingCode
    return { program, url: first.url, pairingCode, dataDir: dir }
  }

  /** The app right after installation, or with the `dataDir` of an earlier run. */
  async launch(options: Partial<LaunchOptions> = {}): Promise<DesktopApp> {
    const dataDir = options.dataDir ?? (await this.workshop.dataDir())
    const env = { ...this.#tray.env, OLLAMA_HOST: this.upstream.origin, ...options.env }
    const app = await DesktopApp.launch({ ...options, dataDir, env })
    this.#apps.push(app)
    return app
  }

  /** A desktop without a tray. */
  launchWithoutTray(options: Partial<LaunchOptions> = {}): Promise<DesktopApp> {
    return this.launch({
      ...options,
      env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent', ...options.env },
    })
  }

  /** An online app, paired through its arguments as by `npm start`. */
  async launchPaired(relay: RelayProcess, options: Partial<LaunchOptions> = {}): Promise<DesktopApp> {
    const args = ['--relay', relay.url, '--pair', await relay.pairingCode(), ...(options.args ?? [])]
    const app = await this.launch({ ...options, args })
    await app.until(isOnline)
    return app
  }

  /** A client's chat that runs until `finish` is called. The answer's text rejects if it breaks off. */
  async startChat(
    app: DesktopApp,
    url: string,
  ): Promise<{ readonly answer: Promise<string>; readonly finish: () => void }> {
    await app.clickMenu('Copy key')
    const { copied } = await app.until((state) => state.copied?.startsWith('ctl_') === true)
    const headers = { authorization: `Bearer ${copied}` }
    while ((await statusOf(url, copied ?? '')) !== 200);
    const finish = this.upstream.holdLoads()
    const body = JSON.stringify({ model: 'fake', messages: [] })
    const answer = fetch(`${url}/api/chat`, { method: 'POST', headers, body }).then((given) => given.text())
    answer.catch(() => {})
    await this.upstream.request('/api/chat')
    return { answer, finish }
  }

  /** @throws {AggregateError} uncaught errors of a window */
  async close(): Promise<void> {
    const apps = this.#apps.splice(0)
    await Promise.all(apps.map((app) => app.close()))
    await this.workshop.close()
    await this.upstream.close()
    await this.#tray.close()
    const errors = apps.flatMap(({ windowErrors }) => windowErrors)
    if (errors.length > 0) throw new AggregateError(errors, 'a window had uncaught errors')
  }
}

/** The first line of the tray's menu. */
export function stateIn({ state }: { state: DesktopApp['state'] }): string {
  return state.tray?.menu[0]?.label ?? ''
}

export const isOnline = (state: DesktopApp['state']): boolean => stateIn({ state }).startsWith('Online')

/** Opens a page of the window. */
export async function goTo(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name }).click()
}

/** HTTP status of the relay for a request with this key. */
export async function statusOf(url: string, key: string): Promise<number> {
  const response = await fetch(`${url}/api/tags`, { headers: { authorization: `Bearer ${key}` } })
  await response.arrayBuffer()
  return response.status
}
