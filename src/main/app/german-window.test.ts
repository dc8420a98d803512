import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { acquire } from '../../bridge/data-dir/owner-lock.ts'
import { FILES } from '../../bridge/data-dir/paths.ts'
import { toSettings } from '../../bridge/settings/schema.ts'
import { AppError } from '../../shared/errors.ts'
import { silentLogger } from '../../shared/logger.ts'
import { toProblemViews } from '../view/problem-view.ts'
import { textOf, wordsOf } from '../view/words/view-words.ts'
import type { AppCoreOptions } from './app-core-options.ts'
import { AppCore } from './app-core.ts'
import { APP_ORIGIN } from './assets.ts'
import { FakeMachine } from './desktop-shell.test-support.ts'
import { answerRequest } from './request-gate.ts'
import { createHandlers } from './request-handlers.ts'

const ENGLISH = /\b(?:the|this|that|with|and|is|not|of|it|be|must|to)\b|[{}]/i
const SENDER = { url: APP_ORIGIN, isTopFrame: true, isOurWindow: true }
const KEY = {
  name: 'phone',
  scopes: ['read'],
  models: null,
  expiresInDays: null,
  requestsPerMinute: null,
  maxConcurrent: null,
}
const GERMAN = wordsOf({ locale: { language: 'de', tag: 'de' } })

let options: AppCoreOptions
let app: AppCore
beforeEach(async () => {
  vi.stubEnv('CLOUDTOLOCALLLM_SECRETS', 'file')
  options = {
    ...(await new FakeMachine().options()),
    systemLanguages: ['de-DE'],
    logger: silentLogger,
    onChange: () => {},
    onRelease: () => {},
    onResume: () => {},
  }
  app = new AppCore(options, toSettings({}))
})
afterEach(async () => {
  await app.stop()
  vi.unstubAllEnvs()
})

const write = (name: string, text: string) => writeFile(join(options.dataDir, name), text, { mode: 0o600 })

/** The answer of the app to a request of its window that it refuses. */
async function refusal(name: string, payload?: unknown, chosenFile: string | null = null): Promise<string> {
  const { system, clock, env, dataDir } = options
  const handlers = createHandlers({
    app,
    system: { ...system, chooseFileToOpen: async () => chosenFile, chooseFileToSave: async () => chosenFile },
    clock,
    env,
    dataDir,
    logDir: dataDir,
    report: () => '',
  })
  const gate = { handlers, logger: silentLogger, words: GERMAN }
  const answer = await answerRequest(gate, SENDER, name, payload)
  return answer.ok ? 'accepted' : answer.error.message
}

describe('in German, the app', () => {
  it('reports files that it has replaced', async () => {
    const damaged = [
      [FILES.settings, '{'],
      [FILES.keys, '{"version":1,"keys":[{"name":1}]}'],
      [FILES.secrets, '[]'],
      [FILES.secretsBackend, '{"backend":3}'],
      [FILES.builtInRelay, '{"port":"x"}'],
      [FILES.usage, 'no database'.repeat(100)],
      [FILES.jobs, 'no database'.repeat(100)],
    ] as const
    for (const [name, text] of damaged) await write(name, text)
    await app.start()
    const texts = toProblemViews(app.state).flatMap(({ code, text }) =>
      code.startsWith('notice') ? text : [],
    )
    for (const [name] of damaged)
      expect(texts).toContainEqual(expect.stringMatching(new RegExp(`${name} konnte nicht verwendet werden`)))
    expect(texts.filter((text) => ENGLISH.test(text))).toEqual([])
  })

  it('says why its data directory cannot be used', async () => {
    const startError = async (): Promise<string> => {
      const cause: unknown = await app.start().catch((error: unknown) => error)
      return cause instanceof AppError ? textOf(GERMAN, cause.words) : 'started'
    }
    await write(FILES.settings, '{}')
    const holder = await acquire(options.dataDir)
    expect(await startError()).toMatch(/^Eine andere Bridge \(Prozess \d+\) verwendet /)
    await holder.close()
    await chmod(join(options.dataDir, FILES.settings), 0o666)
    expect(await startError()).toMatch(/^Andere Benutzer können .*settings\.json ändern/)
    await chmod(options.dataDir, 0o777)
    expect(await startError()).toMatch(/^Andere Benutzer können .*ändern.*nur du schreiben darfst\.$/)
  })

  it('refuses what its window asks for', async () => {
    await app.start()
    const requests: readonly (readonly [name: string, payload?: unknown])[] = [
      ['keys.create', { ...KEY, name: 'a\u0007' }],
      ['keys.create', { ...KEY, scopes: [], models: [''], maxConcurrent: -1 }],
      ['keys.revoke', { id: 'gone' }],
      ['settings.patch', { maxConcurrent: 0 }],
      ['settings.patch', { upstream: 'ftp://x' }],
      ['model.pull', { model: '!' }],
      ['jobs.cancel', { id: 'job_1' }],
      ['upstream.setKey', { key: 'x y' }],
      ['devices.list'],
      ['endpoint.copy', 'url'],
      ['relay.look', { url: 'http://me@relay' }],
      ['relay.pair', { url: 'https://relay.example.com', code: 'no code' }],
      ['no.request'],
    ]
    const texts = await Promise.all(requests.map(([name, payload]) => refusal(name, payload)))
    expect(texts.filter((text) => ENGLISH.test(text) || !text.endsWith('.'))).toEqual([])
  })

  it('refuses settings that it cannot import', async () => {
    await app.start()
    const file = join(options.dataDir, 'export.json')
    const refused: readonly (readonly [settings: string, text: RegExp])[] = [
      ['7', /: Die Einstellungen müssen ein JSON-Objekt sein\.$/],
      ['{"maxConcurrent":"many"}', /„maxConcurrent“ ist ungültig\. .* eine ganze Zahl von 1 bis 10\.000\.$/],
      ['{"theme":"pink"}', /Erlaubt ist einer dieser Werte: system, light, dark\.$/],
      ['{"relayUrl":1}', /Erlaubt ist eine URL wie .*, oder null\.$/],
      ['{"ownerScopes":["all"]}', /Erlaubt ist eine Liste aus diesen Werten: inference, /],
      ['{"keepUsage":"yes"}', /Erlaubt ist true oder false\.$/],
      ['{"deviceName":""}', /Erlaubt ist ein Text aus 1 bis 100 Zeichen\.$/],
      ['{"windowBounds":7}', /Erlaubt ist ein Wert, wie die App ihn exportiert, oder null\.$/],
      ['{"colour":"red","theme":"pink"}', /„theme“ ist ungültig.*Es gibt keine Einstellung „colour“\.$/],
    ]
    for (const [settings, words] of refused) {
      await writeFile(file, `{"format":"cloudtolocalllm-settings","settings":${settings}}`)
      const text = await refusal('settings.import', undefined, file)
      expect(text).toMatch(words)
      expect(text).not.toMatch(ENGLISH)
    }
    await writeFile(file, '[]')
    expect(await refusal('settings.import', undefined, file)).toMatch(
      /ist keine Einstellungsdatei dieser App\.$/,
    )
  })

  it('names a file that it cannot read or write', async () => {
    await app.start()
    for (const request of ['settings.import', 'settings.export', 'usage.export'])
      expect(await refusal(request, undefined, options.dataDir)).toBe(
        `${options.dataDir} kann nicht verwendet werden: Das System meldet einen Fehler.`,
      )
  })
})
