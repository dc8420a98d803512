import { describe, expect, it } from 'vitest'
import type { AppView, SetupView } from '../shared/ipc/view.ts'
import { follow, leaveSetup } from './window-state.ts'

const viewWith = (setup: SetupView): AppView => ({ setup }) as AppView
const done = viewWith({ kind: 'done' })
const needed = viewWith({ kind: 'needed', canCancel: false, suggestion: null })

describe('the setup', () => {
  it('is shown from the snapshot that needs it until the user leaves it, not only until it is done', () => {
    expect(follow(null, done).isSettingUp).toBe(false)
    const begun = follow(follow(null, done), needed)
    expect(begun.isSettingUp).toBe(true)
    const ended = follow(begun, done)
    expect(ended.isSettingUp).toBe(true)
    expect(follow(leaveSetup(ended), done).isSettingUp).toBe(false)
  })

  it('keeps what a link has filled in while the browser is open, and takes the next link', () => {
    const suggestion = { relayUrl: 'https://relay.example.com/', code: 'ABCD-EFGH' }
    const linked = follow(null, viewWith({ kind: 'needed', canCancel: false, suggestion }))
    const inBrowser = follow(linked, viewWith({ kind: 'browser', issuer: 'accounts.example.com' }))
    expect(inBrowser.suggestion).toEqual(suggestion)
    const other = { ...suggestion, code: 'WXYZ-WXYZ' }
    expect(
      follow(inBrowser, viewWith({ kind: 'needed', canCancel: false, suggestion: other })).suggestion,
    ).toEqual(other)
    expect(leaveSetup(linked).suggestion).toBeNull()
  })
})
