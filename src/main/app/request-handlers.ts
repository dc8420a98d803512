import { writeFile } from 'node:fs/promises'
import { encode } from 'uqr'
import { keyUrlOf } from '../../bridge/profile/client-lines.ts'
import { chatModelOf, chatOnce } from '../../bridge/profile/first-chat.ts'
import { runDoctor } from '../../bridge/doctor/doctor.ts'
import { urlInUse } from '../../bridge/doctor/upstream.ts'
import type { CheckResult } from '../../bridge/doctor/check-result.ts'
import { findUpstreams } from '../../bridge/upstream/discovery.ts'
import { parseUpstreamUrl } from '../../bridge/upstream/ollama-host.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { HandlersFor, PayloadOf } from '../../shared/ipc/contract.ts'
import type { ActionId, TestChatResult, UsageView } from '../../shared/ipc/view.ts'
import { toAppView } from '../view/app-view.ts'
import { toCheckView } from '../view/check-view.ts'
import { snippetsFor } from '../view/endpoint-view.ts'
import type { AppCore } from './app-core.ts'
import { LINKS } from './links.ts'
import type { System } from './ports.ts'
import { exportSettings, importSettings } from './settings-file.ts'

export interface HandlerOptions {
  readonly app: AppCore
  readonly system: System
  readonly clock: Clock
  readonly env: NodeJS.ProcessEnv
  readonly dataDir: string
  readonly logDir: string
  /** Text of a bug report, with doctor's results. */
  readonly report: (findings: readonly CheckResult[]) => string
}

const DAY_MS = 24 * 60 * 60 * 1000

/** Handlers for all requests from the window. */
export function createHandlers(options: HandlerOptions): HandlersFor {
  const { app, system } = options
  return {
    'view.get': () => toAppView(app.state),
    'action.run': (action) => runAction(options, action),
    'relay.look': ({ url }) => app.open.account.look(url),
    'relay.pair': async ({ url, code }) => void (await app.open.account.pair(url, code)),
    'signIn.start': ({ url, audience }) => app.open.account.start(url, audience),
    'signIn.cancel': () => app.open.account.cancel(),
    signOut: () => app.open.account.signOut(),
    'chat.try': () => tryChat(options),
    'endpoint.copy': async (what) => system.writeClipboard(await textFor(app, what)),
    'endpoint.qr': async () => ({ rows: encode(await textFor(app, 'keyUrl'), { border: 0 }).data }),
    'keys.create': (form) => createKey(options, form),
    'keys.revoke': async ({ id }) => void (await app.open.profile.keys.revoke(id)),
    'text.copy': ({ text }) => system.writeClipboard(text),
    'usage.get': ({ days }) => usageOf(app, days),
    'usage.export': () =>
      withPath(system.chooseFileToSave('cloudtolocalllm-usage.csv'), (path) =>
        writeFile(path, app.open.profile.usage.csv()),
      ),
    'usage.clear': () => app.open.profile.usage.clear(),
    'settings.patch': (patch) => patchSettings(app, patch),
    'settings.setLaunchAtLogin': ({ on }) => app.setLaunchAtLogin(on),
    'settings.export': () =>
      withPath(system.chooseFileToSave('cloudtolocalllm-settings.json'), (path) =>
        exportSettings(app.open.profile.settings, path),
      ),
    'settings.import': () =>
      withPath(system.chooseFileToOpen(), (path) => importSettings(app.open.profile.settings, path)),
    'upstream.detect': () => findUpstreams({ env: options.env }),
    'upstream.setKey': ({ key }) => setUpstreamKey(app, key),
    'doctor.run': async () => (await examine(options)).map(toCheckView),
    'report.export': () => exportReport(options),
    'link.open': (link) => system.openExternal(LINKS[link]),
  }
}

async function runAction({ app, system, logDir }: HandlerOptions, action: ActionId): Promise<void> {
  switch (action) {
    case 'reconnect':
      return app.open.bridge.reconnect()
    case 'pause':
      return app.open.bridge.pause()
    case 'resume':
      return app.open.bridge.resume()
    case 'signInAgain':
      return app.isOpen ? app.open.account.signOut() : app.start({ giveUpKeychain: true })
    case 'retrySecrets':
      return app.start()
    case 'keepSecretsInFile':
      return app.keepSecretsInFile()
    case 'detectUpstream':
      return app.open.bridge.rediscoverUpstream()
    case 'checkForUpdates':
      return app.updates.check()
    case 'downloadUpdate':
      return app.updates.download()
    case 'installUpdate':
      return app.updates.install()
    case 'openReleases':
      return system.openExternal(LINKS.releases)
    case 'openLogs':
      return system.openFolder(logDir)
  }
}

/** Text to copy, with the default key filled in. */
export async function textFor(app: AppCore, what: PayloadOf<'endpoint.copy'>): Promise<string> {
  const { url, upstream } = app.open.bridge.snapshot
  if (url === undefined) throw new AppError('OFFLINE', 'The URL is not known until the app has been online.')
  const key = await app.defaultKey()
  switch (what) {
    case 'url':
      return url
    case 'key':
      return key
    case 'keyUrl':
      return keyUrlOf({ url, key })
    default: {
      const models = upstream.kind === 'up' ? upstream.facts.models : []
      return snippetsFor(url, key, models).find(({ id }) => id === what)?.text ?? ''
    }
  }
}

/** Sends one chat through the relay, like any client. */
async function tryChat({ app, clock }: HandlerOptions): Promise<TestChatResult> {
  const { upstream } = app.open.bridge.snapshot
  if (upstream.kind !== 'up')
    return {
      kind: 'failed',
      model: null,
      reason: 'reason' in upstream ? upstream.reason : 'No model server has been found yet.',
    }
  const model = chatModelOf(upstream.facts)
  if (model === undefined)
    return { kind: 'failed', model: null, reason: `${upstream.facts.name} has no models yet. Add one first.` }
  const startedAtMs = clock.monotonic()
  const chat = await chatOnce(await textFor(app, 'keyUrl'), upstream.facts.kind, model)
  if (chat.kind === 'failed') return chat
  const durationMs = Math.round(clock.monotonic() - startedAtMs)
  return { ...chat, durationMs, isDemo: upstream.facts.kind === 'demo' }
}

async function createKey({ app, clock }: HandlerOptions, form: PayloadOf<'keys.create'>) {
  const { expiresInDays, ...facts } = form
  const expiresAt = expiresInDays === null ? null : clock.now() + expiresInDays * DAY_MS
  const { record, key } = await app.open.profile.keys.create({ ...facts, expiresAt })
  return { id: record.id, key }
}

async function patchSettings(app: AppCore, patch: PayloadOf<'settings.patch'>): Promise<void> {
  const { upstream } = patch
  // A bare host and port is accepted.
  const named = upstream === undefined || upstream === null ? {} : { upstream: parseUpstreamUrl(upstream) }
  await app.open.profile.settings.patch({ ...patch, ...named })
}

/** The key is sent only to the server in use. */
async function setUpstreamKey({ open }: AppCore, key: string | null): Promise<void> {
  const { upstreamKey } = open.profile
  if (key === null) return upstreamKey.remove()
  const url = urlInUse(open.bridge.snapshot.upstream)
  if (url === undefined)
    throw new AppError('CONFIG_INVALID', 'Set the model server’s address before its API key.')
  await upstreamKey.set(url, key)
}

function usageOf({ open }: AppCore, days: number): UsageView {
  const { usage } = open.profile
  return { isAvailable: usage.isAvailable, ...usage.summary(days) }
}

async function withPath(
  choosing: Promise<string | null>,
  act: (path: string) => Promise<void>,
): Promise<{ path: string | null }> {
  const path = await choosing
  if (path !== null) await act(path)
  return { path }
}

async function examine({ app, dataDir, clock, env }: HandlerOptions): Promise<CheckResult[]> {
  const { upstream } = app.state.bridge ?? {}
  const upstreamUrl = upstream && urlInUse(upstream)
  const findings: CheckResult[] = []
  const doctor = runDoctor({ dataDir, relay: undefined, upstreamUrl, clock, env })
  for await (const finding of doctor) findings.push(finding)
  return findings
}

async function exportReport(options: HandlerOptions): Promise<{ path: string | null }> {
  return withPath(options.system.chooseFileToSave('cloudtolocalllm-report.txt'), async (path) =>
    writeFile(path, options.report(await examine(options))),
  )
}
