import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DesktopApp } from '../support/desktop-app.ts'
import { DesktopStage, isOnline, stateIn, type RelayProcess } from '../support/desktop-stage.ts'

let stage: DesktopStage
let relay: RelayProcess
let app: DesktopApp
beforeAll(async () => {
  stage = await DesktopStage.start()
  relay = await stage.startRelay()
  app = await stage.launchPaired(relay)
})
afterAll(() => stage.close())

async function startChat(): ReturnType<DesktopStage['startChat']> {
  const chat = await stage.startChat(app, relay.url)
  await app.until(({ keepsAwake }) => keepsAwake)
  return chat
}

const asks = ({ dialogs }: DesktopApp['state']): boolean => dialogs.some(({ isAnswered }) => !isAnswered)

describe('quitting while a request is running', () => {
  it('keeps the app and the request running if the user cancels', async () => {
    const { answer, finish } = await startChat()
    await app.clickMenu('Quit')
    await app.until(asks)
    await app.answerDialog('Cancel')
    finish()
    expect(await answer).toMatch(/"done":true/)
    await app.until((state) => isOnline(state) && !state.keepsAwake)
  })

  it('asks the user, and waits for the request to finish if requested', async () => {
    const { answer, finish } = await startChat()
    await app.quit()
    const { dialogs } = await app.until(asks)
    expect(dialogs.at(-1)).toMatchObject({
      message: '1 request still running',
      buttons: ['Quit when finished', 'Quit now', 'Cancel'],
    })
    await app.answerDialog('Quit when finished')
    await app.until((state) => stateIn({ state }) === 'Finishing')
    finish()
    expect(await app.program.exit).toBe(0)
    expect(await answer).toMatch(/"done":true/)
  })

  it('quits immediately if the user chooses to, and the client gets an error', async () => {
    app = await stage.launch({ dataDir: app.dataDir })
    await app.until(isOnline)
    const { answer } = await startChat()
    await app.quit()
    await app.answerDialog('Quit now')
    expect(await app.program.exit).toBe(0)
    expect(await answer.catch(() => 'broken')).not.toMatch(/"done":true/)
  })
})
