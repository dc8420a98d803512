import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ERRORS, type ErrorCode } from '../../shared/errors.ts'
import { INITIAL_STATE, STABLE_MS, transition, type TunnelEvent } from './machine.ts'
import type { TunnelState } from './tunnel-state.ts'

const NOW = 1_000_000
const STATES: readonly TunnelState[] = [
  { kind: 'off' },
  { kind: 'signedOut' },
  { kind: 'connecting', attempt: 3, since: NOW - 100 },
  { kind: 'online', attempt: 3, since: NOW - 10_000 },
  { kind: 'waiting', attempt: 3, retryAt: NOW + 100, cause: 'RELAY_UNREACHABLE' },
  { kind: 'paused', cause: 'suspended' },
  { kind: 'blocked', cause: 'REPLACED' },
]

/** The resulting kind for each event and state, in the order of states; `=` means no change. */
const TABLE: readonly (readonly [TunnelEvent, string])[] = [
  [{ type: 'start', hasCredential: true }, 'connecting = = = = = ='],
  [{ type: 'start', hasCredential: false }, 'signedOut = = = = = ='],
  [{ type: 'stop' }, '= off off off off off off'],
  [{ type: 'signedOut' }, '= signedOut signedOut signedOut signedOut signedOut signedOut'],
  [{ type: 'signedIn' }, '= connecting = = = = connecting'],
  [{ type: 'reconnect' }, '= = connecting connecting connecting connecting connecting'],
  [{ type: 'connected' }, '= = online = = = ='],
  [{ type: 'failed', cause: 'CARRIER_DEAD' }, '= = waiting connecting = = ='],
  [{ type: 'failed', cause: 'DRAINING' }, '= = waiting waiting = = ='],
  [{ type: 'failed', cause: 'REPLACED' }, '= = blocked blocked = = ='],
  [{ type: 'goaway' }, '= = = connecting = = ='],
  [{ type: 'retryDue' }, '= = = = connecting = ='],
  [{ type: 'stable' }, '= = = online = = ='],
  [{ type: 'paused', cause: 'noNetwork' }, '= = paused paused paused = ='],
  [{ type: 'resumed' }, '= = connecting connecting connecting connecting ='],
]

describe('the tunnel’s state machine', () => {
  it.each(TABLE)('handles %o in every state', (event, row) => {
    const kinds = STATES.map((state) => {
      const next = transition(state, event, NOW, 0.5)
      return next.state === state && next.effects.length === 0 ? '=' : next.state.kind
    })
    expect(kinds.join(' ')).toBe(row)
  })

  it('waits a random time that doubles up to half a minute', () => {
    const delayAfter = (attempt: number, random: number) => {
      const next = transition(
        { kind: 'connecting', attempt, since: NOW },
        { type: 'failed', cause: 'RELAY_UNREACHABLE' },
        NOW,
        random,
      )
      return next.state.kind === 'waiting' ? next.state.retryAt - NOW : Number.NaN
    }
    expect([0, 1, 2, 3].map((attempt) => delayAfter(attempt, 0.999_999))).toEqual([
      1_000, 2_000, 4_000, 8_000,
    ])
    expect(delayAfter(50, 0.999_999)).toBe(30_000)
    expect(delayAfter(50, 0)).toBe(0)
  })

  it('resets the attempt count only after a stable minute', () => {
    const online = transition({ kind: 'connecting', attempt: 7, since: NOW }, { type: 'connected' }, NOW, 0)
    expect(online.effects).toEqual([{ type: 'stableAfter', delayMs: STABLE_MS }])
    expect(online.state).toMatchObject({ kind: 'online', attempt: 7 })
    expect(transition(online.state, { type: 'stable' }, NOW, 0).state).toMatchObject({ attempt: 0 })
  })

  it('backs off from a relay that accepts and drops immediately, but redials immediately after losing a stable carrier', () => {
    const lost: TunnelEvent = { type: 'failed', cause: 'CARRIER_DEAD' }
    const young: TunnelState = { kind: 'online', attempt: 0, since: NOW - 10 }
    const good: TunnelState = { kind: 'online', attempt: 0, since: NOW - 5_000 }
    expect(transition(young, lost, NOW, 0.5).state.kind).toBe('waiting')
    expect(transition(good, lost, NOW, 0.5).state.kind).toBe('connecting')
  })

  it('never retries automatically if only the user can fix the cause', () => {
    for (const [cause, entry] of Object.entries(ERRORS)) {
      const next = transition(STATES[2]!, { type: 'failed', cause: cause as ErrorCode }, NOW, 0.5)
      expect(next.state.kind).toBe(entry.retry === 'never' ? 'blocked' : 'waiting')
    }
  })

  it('has a timer or an attempt in progress in every state that changes automatically, after any events', () => {
    const event = fc.constantFrom(...TABLE.map(([one]) => one))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(event, fc.nat(100_000), fc.double({ min: 0, max: 0.999, noNaN: true }))),
        (steps) => {
          let state = INITIAL_STATE
          let now = NOW
          let pending = ''
          for (const [one, elapsedMs, random] of steps) {
            now += elapsedMs
            const next = transition(state, one, now, random)
            // The supervisor cancels timers on each change, and each `hangUp` ends the attempt.
            if (next.state !== state) pending = ''
            for (const effect of next.effects) {
              if (effect.type === 'dial' || effect.type === 'retryAfter' || effect.type === 'stableAfter')
                pending = effect.type
              if (effect.type === 'hangUp') pending = ''
            }
            state = next.state
            const expected = { connecting: 'dial', waiting: 'retryAfter' }[state.kind as string]
            if (expected !== undefined) expect(pending).toBe(expected)
            if (['off', 'signedOut', 'paused', 'blocked'].includes(state.kind)) expect(pending).toBe('')
          }
        },
      ),
      { numRuns: 1_000 },
    )
  })
})
