import { wordsOf } from './words/view-words.ts'
import { describe, expect, it } from 'vitest'
import {
  DRAIN_DEADLINE_MS,
  RUNNING,
  mayClose,
  transition,
  type QuitEvent,
  type QuitState,
} from './quit-plan.ts'
import { quitQuestionFor } from './quit-question.ts'

const WORDS = wordsOf({ locale: { language: 'en', tag: 'en' } })

const ASKING: QuitState = { kind: 'asking' }
const DRAINING: QuitState = { kind: 'draining' }
const QUITTING: QuitState = { kind: 'quitting' }
const UPDATING: QuitState = { kind: 'updating' }
const STATES = [RUNNING, ASKING, DRAINING, UPDATING, QUITTING]

const quit = (activeRequests: number): QuitEvent => ({ type: 'quit', activeRequests })
const close = (hasTray: boolean, activeRequests = 0): QuitEvent => ({
  type: 'closeWindow',
  hasTray,
  activeRequests,
})

/** State and effects as text: "draining: drain deadlineAfter". */
function after(state: QuitState, event: QuitEvent): string {
  const next = transition(state, event)
  return [`${next.state.kind}:`, ...next.effects.map(({ type }) => type)].join(' ')
}

describe('quitting', () => {
  it.each<[string, QuitState, QuitEvent, string]>([
    ['the close button hides the window if there is a tray', RUNNING, close(true, 2), 'running: hideWindow'],
    ['without a tray it quits', RUNNING, close(false), 'quitting: quit'],
    ['without a tray it asks while requests run', RUNNING, close(false, 2), 'asking: ask'],
    ['with nothing running a quit is a quit', RUNNING, quit(0), 'quitting: quit'],
    ['running requests are asked about', RUNNING, quit(2), 'asking: ask'],
    ['a second question is not opened', ASKING, quit(2), 'asking:'],
    ['closing the window does not answer the question', ASKING, close(false, 1), 'asking:'],
    ['whoever asks again while it finishes means it', DRAINING, quit(2), 'quitting: quit'],
    ['while it finishes the window can go, tray or not', DRAINING, close(false, 2), 'draining: hideWindow'],
    ['the last request ends the waiting', DRAINING, { type: 'idle' }, 'quitting: quit'],
    ['requests that never end do not keep the app', DRAINING, { type: 'deadline' }, 'quitting: quit'],
    ['requests that end by themselves end no app', RUNNING, { type: 'idle' }, 'running:'],
    ['nor while the question is open', ASKING, { type: 'idle' }, 'asking:'],
    ['a late deadline means nothing', RUNNING, { type: 'deadline' }, 'running:'],
    ['an update quits the app', RUNNING, { type: 'quitForUpdate' }, 'updating:'],
    ['an update that hangs does not keep the app', UPDATING, quit(0), 'quitting: quit'],
    ['a failed update leaves a running app', UPDATING, { type: 'updateFailed' }, 'running:'],
    ['an app that quits is not held by a failed update', QUITTING, { type: 'updateFailed' }, 'quitting:'],
    ['an app that quits is not taken over by an update', QUITTING, { type: 'quitForUpdate' }, 'quitting:'],
    ['a quit is not done twice', QUITTING, quit(0), 'quitting:'],
  ])('%s', (_title, state, event, expected) => {
    expect(after(state, event)).toBe(expected)
  })

  it.each<[string, QuitEvent, string]>([
    [
      'waits, turns new requests away and sets a limit',
      { type: 'answered', answer: 'quitWhenFinished', activeRequests: 2 },
      'draining: drain deadlineAfter',
    ],
    [
      'does not wait for requests that ended meanwhile',
      { type: 'answered', answer: 'quitWhenFinished', activeRequests: 0 },
      'quitting: quit',
    ],
    ['quits now', { type: 'answered', answer: 'quitNow', activeRequests: 2 }, 'quitting: quit'],
    ['continues', { type: 'answered', answer: 'cancel', activeRequests: 2 }, 'running:'],
  ])('the answer %s', (_title, event, expected) => {
    expect(after(ASKING, event)).toBe(expected)
  })

  it('ignores a late answer', () => {
    const event: QuitEvent = { type: 'answered', answer: 'cancel', activeRequests: 0 }
    for (const state of [RUNNING, DRAINING, UPDATING, QUITTING])
      expect(transition(state, event).state).toBe(state)
  })

  it('waits ten minutes at most', () => {
    const { effects } = transition(ASKING, {
      type: 'answered',
      answer: 'quitWhenFinished',
      activeRequests: 1,
    })
    expect(effects).toContainEqual({ type: 'deadlineAfter', delayMs: DRAIN_DEADLINE_MS })
    expect(DRAIN_DEADLINE_MS).toBe(600_000)
  })

  it('never asks when the system shuts down', () => {
    for (const state of STATES) expect(transition(state, { type: 'shutdown' }).state).toEqual(QUITTING)
    for (const state of [RUNNING, UPDATING]) expect(after(state, { type: 'shutdown' })).toBe('quitting: quit')
  })

  it('closes windows only when the app quits', () => {
    expect(STATES.filter(mayClose)).toEqual([UPDATING, QUITTING])
  })

  it('shows the number of requests, and offers the safe answer first', () => {
    expect(quitQuestionFor(WORDS, 1).message).toBe('1 request still running')
    expect(quitQuestionFor(WORDS, 3).message).toBe('3 requests still running')
    expect(quitQuestionFor(WORDS, 3).buttons.map(({ answer }) => answer)).toEqual([
      'quitWhenFinished',
      'quitNow',
      'cancel',
    ])
  })
})
