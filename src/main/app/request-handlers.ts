import { writeFile } from 'node:fs/promises'
import { encode } from 'uqr'
import { chatUrlOf, keyUrlOf } from '../../bridge/profile/client-lines.ts'
import { chatModelOf, chatOnce } from '../../bridge/profile/first-chat.ts'
import { runDoctor } from '../../bridge/doctor/doctor.ts'
import { urlInUse } from '../../bridge/doctor/upstream.ts'
import type { DeviceIdentity } from '../../bridge/secrets/device-identity.ts'
import type { CheckResult } from '../../bridge/doctor/check-result.ts'
import { findUpstreams } from '../../bridge/upstream/discovery.ts'
import { parseUpstreamUrl } from '../../bridge/upstream/ollama-host.ts'
import type { Clock } from '../../shared/clock.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import type { HandlersFor, PayloadOf } from '../../shared/ipc/contract.ts'
import type { ActionId, NewKeyView, QrView, TestChatResult, UsageView } from '../../shared/ipc/view.ts'
import { systemErrorCode, unusableFile } from '../../shared/system-error.ts'
import type { BuiltInRelayStart, RelayReach } from '../../shared/ipc/relay-view.ts'
import { toAppView } from '../view/app-view.ts'
import { toCheckView } from '../view/check-view.ts'
import { toEndpointView } from '../view/endpoint-view.ts'
import { snippetsFor } from '../view/snippets.ts'
import { toUpstreamView } from '../view/upstream-view.ts'
import { textOf, wordsOf } from '../view/words/view-words.ts'
import type { AppCore, OpenApp } from './app-core.ts'
import { jobsOf, saveAnswer } from './job-requests.ts'
import { LINKS } from './links.ts'
import type { System } from './ports.ts'
import { ownerDevices, revokeOwnerDevice } from './owner-devices.ts'
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
    'relay.look': async ({ url }) => {
      const offer = await app.open.account.look(url)
      return { ...offer, warning: offer.warning && textOf(wordsOf(app.state), offer.warning) }
    },
    'relay.pair': async ({ url, code }) => void (await app.open.account.pair(url, code)),
    'builtInRelay.start': ({ reach }) => startBuiltInRelay(app.open, reach),
    'signIn.start': ({ url, audience }) => app.open.account.start(url, audience),
    'signIn.cancel': () => app.open.account.cancel(),
    signOut: () => app.open.account.signOut(),
    'setup.cancel': () => {
      app.suggest(null)
      app.open.account.leave()
    },
    'chat.try': () => tryChat(options),
    'endpoint.copy': async (what) => system.writeClipboard(await textFor(app, what)),
    'keys.create': (form) => createKey(options, form),
    'keys.update': (form) => updateKey(options, form),
    'keys.revoke': async ({ id }) => void (await app.open.profile.keys.revoke(id)),
    'problem.dismiss': ({ code }) => app.dismiss(code),
    'model.pull': ({ model }) => app.modelServer.pull(model),
    'devices.list': async () => ownerDevices(await identityIn(app), options.clock),
    'devices.revoke': async ({ id }) => revokeOwnerDevice(await identityIn(app), id, options.clock),
    'text.copy': ({ text }) => system.writeClipboard(text),
    'jobs.list': () => jobsOf(app.open, wordsOf(app.state)),
    'jobs.cancel': ({ id }) => void app.open.bridge.jobs.cancel(id),
    'jobs.retry': ({ id }) => void app.open.bridge.jobs.retry(id),
    'jobs.remove': ({ id }) => app.open.bridge.jobs.remove(id),
    'jobs.save': ({ id }) =>
      withPath(system.chooseFileToSave(`cloudtolocalllm-${id}.json`), (path) =>
        saveAnswer(app.open.bridge.jobs.result(id), path),
      ),
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
    'doctor.run': async () => {
      const findings = await examine(options)
      return findings.map((finding) => toCheckView(app.state, finding))
    },
    'report.export': () => exportReport(options),
    'link.open': (link) => system.openExternal(LINKS[link]),
  }
}

/** Starts the relay of the app and connects this device to it. */
async function startBuiltInRelay(
  { account, builtInRelay, profile }: OpenApp,
  reach: RelayReach,
): Promise<BuiltInRelayStart> {
  const started = await builtInRelay.start(reach)
  if (started.failure !== null) return started
  try {
    await account.joinOwnRelay(started.url, started.pairingCode)
  } catch (cause) {
    await builtInRelay.forgetUnlessFor(await profile.identity())
    throw cause
  }
  return { failure: null }
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
      return app.isOpen ? app.open.account.signInAgain() : app.start({ giveUpKeychain: true })
    case 'retrySecrets':
      return app.start()
    case 'keepSecretsInFile':
      return app.keepSecretsInFile()
    case 'detectUpstream':
      return app.modelServer.look()
    case 'getOllama':
      return system.openExternal(LINKS.ollama)
    case 'startUpstream':
      return app.modelServer.start()
    case 'cancelPull':
      return app.modelServer.cancelPull()
    case 'renewDefaultKey':
      return void (await app.defaultKey({ renew: true }))
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
    case 'allowNetwork':
      return app.open.builtInRelay.allowNetwork()
  }
}

/** Text to copy, with the default key filled in. */
export async function textFor(app: AppCore, what: PayloadOf<'endpoint.copy'>): Promise<string> {
  const { url, upstream } = app.open.bridge.snapshot
  if (url === undefined) throw new AppError('OFFLINE', errorCase('case.addressUnknown'))
  if (what === 'url') return url
  const key = await app.defaultKey()
  switch (what) {
    case 'key':
      return key
    case 'keyUrl':
      return keyUrlOf({ url, key })
    case 'chatLink':
      return chatUrlOf({ url, key })
    default: {
      const models = upstream.kind === 'up' ? upstream.facts.models : []
      const snippets = snippetsFor(wordsOf(app.state), { url, key, models })
      return snippets.find(({ id }) => id === what)?.text ?? ''
    }
  }
}

/** Sends one chat through the relay, like any client. */
async function tryChat({ app, clock }: HandlerOptions): Promise<TestChatResult> {
  const { upstream } = app.open.bridge.snapshot
  const view = toUpstreamView(app.state)
  const model = upstream.kind === 'up' ? chatModelOf(upstream.facts) : undefined
  if (upstream.kind !== 'up' || model === undefined)
    return { kind: 'failed', model: null, reason: view.detail, details: null }
  const startedAtMs = clock.monotonic()
  const chat = await chatOnce(await textFor(app, 'keyUrl'), upstream.facts.kind, model)
  if (chat.kind === 'failed')
    return { kind: 'failed', model, reason: wordsOf(app.state).t('chat.failed'), details: chat.reason }
  const durationMs = Math.round(clock.monotonic() - startedAtMs)
  return { ...chat, durationMs, isDemo: upstream.facts.kind === 'demo' }
}

/** The new key, with everything needed to use it immediately. */
async function createKey(
  { app, clock }: HandlerOptions,
  form: PayloadOf<'keys.create'>,
): Promise<NewKeyView> {
  const { expiresInDays, ...facts } = form
  const { profile, bridge } = app.open
  const expiresAt = toExpiry(expiresInDays, clock)
  const { record, key } = await profile.keys.create({ ...facts, expiresAt })
  await bridge.announced()
  const { id, name } = record
  const endpoint = toEndpointView(app.state)
  if (endpoint === null) return { id, name, key, link: null, qr: null, snippets: [] }
  const { url, isLocal } = endpoint
  const models = record.models ?? toUpstreamView(app.state).models
  const offered = new Set(endpoint.snippets.map((snippet) => snippet.id))
  const snippets = snippetsFor(wordsOf(app.state), { url, key, models })
  const link = chatUrlOf({ url, key })
  return {
    id,
    name,
    key,
    link,
    qr: isLocal ? null : qrOf(link),
    snippets: snippets.filter((snippet) => offered.has(snippet.id)),
  }
}

async function updateKey({ app, clock }: HandlerOptions, form: PayloadOf<'keys.update'>): Promise<void> {
  const { id, expiresInDays, ...facts } = form
  const expiry = expiresInDays === undefined ? {} : { expiresAt: toExpiry(expiresInDays, clock) }
  await app.open.profile.keys.update(id, { ...facts, ...expiry })
}

function toExpiry(days: number | null, clock: Clock): number | null {
  return days === null ? null : clock.now() + days * DAY_MS
}

function qrOf(text: string): QrView {
  return { rows: encode(text, { border: 0 }).data }
}

/** @throws AppError NOT_PAIRED */
async function identityIn(app: AppCore): Promise<DeviceIdentity> {
  const identity = await app.open.profile.identity()
  if (identity === null) throw new AppError('NOT_PAIRED')
  return identity
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
  if (url === undefined) throw new AppError('CONFIG_INVALID', errorCase('case.upstream.keyFirst'))
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
  if (path === null) return { path }
  await act(path).catch((cause: unknown) => {
    throw systemErrorCode(cause) === undefined ? cause : unusableFile(path, cause)
  })
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
