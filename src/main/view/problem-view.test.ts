import { describe, expect, it } from 'vitest'
import { errorWords } from '../../shared/errors.ts'
import type { AppState } from './app-state.ts'
import { bridgeWith, builtInWith, DOWN, LOADING, NEEDS_KEY, stateWith } from './app-state.test-support.ts'
import { toProblemViews } from './problem-view.ts'

const codesIn = (changes: Partial<AppState>) => toProblemViews(stateWith(changes)).map(({ code }) => code)
const relayAt = (relayUrl: string, url = relayUrl) => ({
  account: { relayUrl, deviceId: 'device-1', issuer: null },
  bridge: bridgeWith({ url }),
})
const available = {
  kind: 'available',
  version: '1.3.0',
  notesUrl: 'https://example.com',
  how: 'download',
} as const

describe('problems', () => {
  it('are absent in a healthy state', () => {
    expect(codesIn({})).toEqual([])
  })

  it.each<[string, Partial<AppState>, string, string | null]>([
    [
      'a keychain that was emptied, until somebody signs in again',
      { secrets: { kind: 'keychain', isEmptied: true }, account: null },
      'keychainEmptied',
      null,
    ],
    ['secrets for this run only', { secrets: { kind: 'memory' } }, 'secretsInMemory', 'keepSecretsInFile'],
    ['secrets in a file', { secrets: { kind: 'file' } }, 'secretsInFile', null],
    ['no tray', { hasTray: false }, 'trayUnavailable', null],
    ['a relay in the open', relayAt('http://192.168.1.5:3001/'), 'relayNotEncrypted', null],
    ['a far relay in the open, insisted on', relayAt('http://relay.example.com/'), 'relayNotEncrypted', null],
    ['a relay on this computer', relayAt('http://127.0.0.1:3001/'), 'relayLocal', null],
    [
      'the built-in relay, for this computer',
      builtInWith({ reach: 'computer' }),
      'relayLocal',
      'signInAgain',
    ],
    ['the built-in relay, for the network', builtInWith(), 'relayNotEncrypted', 'signInAgain'],
    ['its port in use', builtInWith({ failure: 'portInUse' }), 'builtInRelayFailed', 'signInAgain'],
    [
      'a network that the user has not allowed',
      builtInWith({ reach: 'computer', closed: 'untrusted' }),
      'networkNotAllowed',
      'allowNetwork',
    ],
    ['its network gone', builtInWith({ reach: 'computer', closed: 'noNetwork' }), 'networkMissing', null],
    [
      'its port in use in such a network',
      builtInWith({ reach: 'computer', closed: 'untrusted', failure: 'portInUse' }),
      'builtInRelayFailed',
      'signInAgain',
    ],
    ['its process stopped', builtInWith({ failure: 'stopped' }), 'builtInRelayFailed', 'openLogs'],
    ['an update on offer', { update: available }, 'updateWaiting', 'downloadUpdate'],
    [
      'an update that waits',
      { update: { kind: 'ready', version: '1.3.0', waitingFor: 'quit' } },
      'updateWaiting',
      'installUpdate',
    ],
    ['a notice', { notices: [{ text: errorWords('INTERNAL'), code: null }] }, 'notice0', null],
  ])('%s', (_title, changes, code, action) => {
    const problems = toProblemViews(stateWith(changes))
    expect(problems.map((problem) => [problem.code, problem.action?.id ?? null])).toEqual([[code, action]])
    for (const { title, text } of problems) {
      expect(title).toMatch(/^\p{Lu}.{4,50}$/u)
      expect(text).toMatch(/^\p{Lu}.{10,300}$/u)
    }
  })

  it('do not include the model server, whose state stands on the same page', () => {
    for (const upstream of [DOWN, NEEDS_KEY, LOADING])
      expect(codesIn({ bridge: bridgeWith({ upstream }) })).toEqual([])
  })

  it('do not include a relay on this machine that clients reach by another URL', () => {
    expect(codesIn(relayAt('http://127.0.0.1:3001/', 'https://relay.example.com'))).toEqual([])
  })

  it('name the port that another program uses, and cannot be hidden while the built-in relay is down', () => {
    const failed = builtInWith({ failure: 'portInUse', port: 43_001 })
    const dismissed = { ...stateWith().settings, dismissedProblems: ['builtInRelayFailed'] }
    expect(toProblemViews(stateWith({ ...failed, settings: dismissed }))).toMatchObject([
      { isDismissible: false, text: expect.stringContaining('port 43001.') },
    ])
  })

  it('stay hidden once dismissed, except those that need an answer', () => {
    const { settings } = stateWith()
    const dismissed = { ...settings, dismissedProblems: ['trayUnavailable', 'secretsInMemory'] }
    expect(codesIn({ hasTray: false, secrets: { kind: 'memory' }, settings: dismissed })).toEqual([
      'secretsInMemory',
    ])
  })

  it('do not include a tray icon that the user hid', () => {
    const { settings } = stateWith()
    expect(codesIn({ hasTray: false, settings: { ...settings, trayStyle: 'hidden' } })).toEqual([])
  })

  it('are ordered by severity', () => {
    const codes = codesIn({
      secrets: { kind: 'memory' },
      hasTray: false,
      update: available,
    })
    expect(codes).toEqual(['secretsInMemory', 'trayUnavailable', 'updateWaiting'])
  })
})
