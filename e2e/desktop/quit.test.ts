import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DesktopApp } from '../support/desktop-app.ts'
import { DesktopStage, isOnline, stateIn } from '../support/desktop-stage.ts'

let stage: DesktopStage
let app: DesktopApp
/** Resolves with the client's response text; rejects if the response breaks. */
let answer: Promise<string>
beforeEach(async () => {
  stage = await DesktopStage.start()
  const relay = await stage.startRelay()
  app = await stage.launchPaired(relay)
  const key = await stage.createKey(app, relay.url)
  answer = ask(relay.url, key)
  answer.catch(() => {})
  await stage.upstream.request('/api/chat')
  await app.until(({ keepsAwake }) => keepsAwake)
})
afterEach(async () => {
  await stage.close()
})

async function ask(url: string, key: string): Promise<string> {
  const response = await fetch(`${url}/api/chat`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'fake', messages: [], options: { tokens: 40, intervalMs: 50 } }),
  })
  return response.text()
}

const isAsked = ({ dialogs }: DesktopApp['state']): boolean => dialogs.length === 1

describe('quitting while a request is running', () => {
  it('asks the user, and waits for the request to finish if requested', async () => {
    await app.quit()
    const { dialogs } = await app.until(isAsked)
    expect(dialogs[0]).toMatchObject({
      message: '1 request still running',
      buttons: ['Quit when finished', 'Quit now', 'Cancel'],
    })
    await app.answerDialog('Quit when finished')
    await app.until((state) => stateIn({ state }) === 'Finishing')
    expect(await app.program.exit).toBe(0)
    expect(await answer).toMatch(/"done":true/)
  })

  it('quits immediately if the user chooses to, and the client gets an error', async () => {
    await app.quit()
    await app.answerDialog('Quit now')
    expect(await app.program.exit).toBe(0)
    expect(await answer.catch(() => 'broken')).not.toMatch(/"done":true/)
  })

  it('keeps the app and the request running if the user cancels', async () => {
    await app.clickMenu('Quit')
    await app.until(isAsked)
    await app.answerDialog('Cancel')
    expect(await answer).toMatch(/"done":true/)
    await app.until((state) => isOnline(state) && !state.keepsAwake)
  })
})
