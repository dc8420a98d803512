import { describe, expect, it } from 'vitest'
import { errorWords } from '../../shared/errors.ts'
import type { RequestActivity } from '../../bridge/activity/activity-log.ts'
import type { UpdateState } from '../../bridge/updates/update-manager.ts'
import type { Job, JobProgress } from '../../shared/jobs.ts'
import type { AppState } from './app-state.ts'
import { bridgeWith, DOWN, NOW, OLLAMA, stateWith, TUNNELS } from './app-state.test-support.ts'
import { trayViewFor, type TrayCommand, type TrayItem } from './tray-view.ts'

type Line = Extract<TrayItem, { kind: 'item' }>

const linesIn = (items: readonly TrayItem[]) => items.filter((item): item is Line => item.kind === 'item')
const linesOf = (changes: Partial<AppState>) => linesIn(trayViewFor(stateWith(changes)).menu)
const labelsOf = (changes: Partial<AppState>) => linesOf(changes).map(({ label }) => label)
const itemFor = (command: TrayCommand, changes: Partial<AppState>) =>
  linesOf(changes).find((item) => item.command === command)
const recentOf = (changes: Partial<AppState>) =>
  linesIn(linesOf(changes).find(({ submenu }) => submenu !== null)?.submenu ?? [])

const REQUEST: RequestActivity = {
  requestId: 'r1',
  method: 'POST',
  path: '/api/chat',
  key: 'laptop',
  model: 'llama3.2:latest',
  status: 200,
  error: null,
  startedAt: NOW,
  durationMs: 1_000,
  bytesIn: 10,
  bytesOut: 1_000,
  tokens: 41,
  tokensPerS: 41.04,
  keptUntil: null,
}

const pullWith = (done: Pick<JobProgress, 'completed_bytes' | 'total_bytes'> | null): Job => ({
  id: 'job_1',
  type: 'pull',
  state: 'running',
  revision: 1,
  model: 'gpt-oss:20b',
  key: 'owner',
  created_at: '2026-11-29T20:00:00.000Z',
  started_at: null,
  finished_at: null,
  expires_at: '2026-12-29T20:00:00.000Z',
  counts: { total: 1, completed: 0, failed: 0 },
  progress: done && { status: 'pulling a', bytes_per_second: 1, eta_seconds: 1, ...done },
  attempts: 1,
  next_attempt_at: null,
  queue_position: null,
  error: null,
})

const STATES: readonly Partial<AppState>[] = [
  { bridge: null },
  { bridge: null, secrets: { kind: 'locked', message: errorWords('SECRETS_UNAVAILABLE') } },
  { isDraining: true },
  { window: 'shown' },
  { bridge: bridgeWith({ upstream: DOWN }) },
  ...TUNNELS.map((tunnel) => ({ bridge: bridgeWith({ tunnel }) })),
]

describe('the tray’s menu', () => {
  it('lists status, commands and updates', () => {
    expect(labelsOf({})).toEqual([
      'Online',
      'Ollama 0.12.3, 2 models',
      'Show window',
      'Pause',
      'Reconnect now',
      'Copy address',
      'Copy key',
      'Recent requests',
      'Settings…',
      'Check for updates',
      'About CloudToLocalLLM',
      'Quit',
    ])
  })

  it.each(STATES)('has the same items in the same order, with quit last: %#', (changes) => {
    const commands = (state: Partial<AppState>) =>
      trayViewFor(stateWith(state)).menu.map((item) =>
        item.kind === 'separator' ? '-' : (item.command ?? 'none').replace('resume', 'pause'),
      )
    expect(commands(changes)).toEqual(commands({}))
    expect(commands(changes).at(-1)).toBe('quit')
  })

  it('describes the problem of the model server', () => {
    expect(labelsOf({ bridge: bridgeWith({ upstream: DOWN }) })[1]).toBe('Model server not responding')
    expect(labelsOf({ bridge: null })[1]).toBe('Searching for a model server')
  })

  it('offers to resume when paused, and to pause otherwise', () => {
    expect(itemFor('resume', { bridge: bridgeWith({ tunnel: { kind: 'off' } }) })?.isEnabled).toBe(true)
    expect(itemFor('pause', { bridge: bridgeWith({ tunnel: { kind: 'signedOut' } }) })?.isEnabled).toBe(false)
    expect(itemFor('pause', { bridge: null })?.isEnabled).toBe(false)
  })

  it('disables copying before there is a URL', () => {
    const early = { bridge: bridgeWith({ url: undefined }) }
    expect(itemFor('copyUrl', early)?.isEnabled).toBe(false)
    expect(itemFor('copyKey', early)?.isEnabled).toBe(false)
    expect(itemFor('copyKey', {})?.isEnabled).toBe(true)
  })

  it('names the window’s next state', () => {
    expect(itemFor('toggleWindow', { window: 'shown' })?.label).toBe('Hide window')
  })

  it.each<[UpdateState, string, boolean]>([
    [{ kind: 'idle', checkedAt: NOW }, 'Check for updates', true],
    [{ kind: 'checking' }, 'Checking for updates', false],
    [
      { kind: 'available', version: '1.3.0', notesUrl: '', how: 'download' },
      'Version 1.3.0 is available…',
      true,
    ],
    [{ kind: 'downloading', version: '1.3.0', percent: 40 }, 'Downloading 1.3.0', false],
    [{ kind: 'ready', version: '1.3.0', waitingFor: 'quiet' }, 'Restart to update to 1.3.0', true],
    [
      { kind: 'ready', version: '1.3.0', waitingFor: 'streams' },
      'Updates to 1.3.0 when requests finish',
      false,
    ],
    [{ kind: 'installing', version: '1.3.0' }, 'Updating to 1.3.0', false],
    [{ kind: 'failed', reason: errorWords('INTERNAL'), at: NOW }, 'Check for updates', true],
    [{ kind: 'unsupported' }, 'Check for updates', false],
  ])('follows the update: %o', (update, label, isEnabled) => {
    expect(itemFor('update', { update })).toMatchObject({ label, isEnabled })
  })

  it('offers to quit now while waiting for requests', () => {
    expect(itemFor('quit', { isDraining: true })).toMatchObject({ label: 'Quit now', isEnabled: true })
  })
})

describe('recent requests', () => {
  it('has a placeholder if there are none', () => {
    expect(recentOf({})).toMatchObject([{ label: 'None yet', isEnabled: false }])
  })

  it('contain names and speed, running ones first', () => {
    const activity = {
      active: [{ ...REQUEST, key: 'phone', durationMs: null, tokensPerS: null, status: null }],
      finished: [
        REQUEST,
        { ...REQUEST, tokens: null, tokensPerS: null, model: null, key: null },
        { ...REQUEST, error: 'UPSTREAM_FAILED' },
        { ...REQUEST, error: 'CANCELLED' },
      ] as const,
    }
    expect(recentOf({ activity }).map(({ label }) => label)).toEqual([
      'phone · llama3.2:latest · running',
      'laptop · llama3.2:latest · 41.0 tok/s',
      'Chat · done',
      'laptop · llama3.2:latest · failed',
      'laptop · llama3.2:latest · cancelled',
    ])
  })

  it('are limited to ten', () => {
    expect(
      recentOf({ activity: { active: [], finished: Array.from({ length: 50 }, () => REQUEST) } }),
    ).toHaveLength(10)
  })
})

describe('untrusted names', () => {
  const model = `R&D\n${'very-long-'.repeat(50)}\u202e\u0007`
  const labels = [
    ...recentOf({ activity: { active: [], finished: [{ ...REQUEST, model, key: model }] } }),
    ...linesOf({ bridge: bridgeWith({ upstream: { kind: 'up', facts: { ...OLLAMA.facts, name: model } } }) }),
  ].map(({ label }) => label)

  it('are truncated', () => {
    for (const label of labels) expect(label.length).toBeLessThanOrEqual(64)
  })

  it('are one line without control characters', () => {
    for (const label of labels) expect(label).toMatch(/^[^\p{Cc}\p{Cf}]+$/u)
  })

  it('keep their &, which menus would drop', () => {
    expect(labels.filter((label) => label.includes('R&&D'))).toHaveLength(2)
    for (const label of labels) expect(label.replaceAll('&&', '')).not.toContain('&')
  })
})

describe('the tooltip', () => {
  const counted = (queued: number, running: number) => ({
    bridge: bridgeWith({
      jobs: { counts: { queued, running, completed: 5, failed: 0, cancelled: 0, expired: 0 }, hold: null },
    }),
  })
  const tooltipOf = (changes: Partial<AppState>) => trayViewFor(stateWith(changes)).tooltip

  it('contains state, round trip time and number of jobs', () => {
    expect(tooltipOf({})).toBe('CloudToLocalLLM · Online · 23 ms')
    expect(tooltipOf(counted(2, 1))).toBe('CloudToLocalLLM · Online · 3 jobs · 23 ms')
  })

  it('contains the percentage of a download, and the number of other jobs', () => {
    const pull = pullWith({ completed_bytes: 4_210, total_bytes: 10_000 })
    expect(tooltipOf({ pull, ...counted(0, 1) })).toBe(
      'CloudToLocalLLM · Online · Downloading gpt-oss:20b: 42% · 23 ms',
    )
    expect(tooltipOf({ pull, ...counted(2, 1) })).toContain('42% · 2 jobs · 23 ms')
    const german = { pull, locale: { language: 'de', tag: 'de' } } as const
    expect(tooltipOf({ ...german, ...counted(0, 1) })).toContain('gpt-oss:20b wird heruntergeladen: 42 %')
  })

  it('contains a download of unknown size without a percentage, and no finished download', () => {
    expect(tooltipOf({ pull: pullWith(null), ...counted(1, 0) })).toBe(
      'CloudToLocalLLM · Online · Downloading gpt-oss:20b · 23 ms',
    )
    const over = { pull: { ...pullWith(null), state: 'completed' as const }, ...counted(0, 0) }
    expect(tooltipOf(over)).toBe('CloudToLocalLLM · Online · 23 ms')
  })

  it('contains no round trip time without a connection', () => {
    const paused = bridgeWith({ tunnel: { kind: 'off' }, rttMs: 20 })
    expect(trayViewFor(stateWith({ bridge: paused })).tooltip).toBe('CloudToLocalLLM · Paused')
  })

  const long = { ...pullWith(null), model: 'hf.co/'.padEnd(300, 'x') }

  it.each([...STATES, { pull: long, ...counted(90, 9) }])('fits the limit of Windows: %#', (changes) => {
    expect(trayViewFor(stateWith(changes)).tooltip.length).toBeLessThanOrEqual(127)
  })
})
