import { afterAll, beforeAll, expect, it } from 'vitest'
import { conversation, READY, RICH_ANSWER, STATES, turn } from '../support/chat-sample.ts'
import { ChatStage } from '../support/chat-stage.ts'

const PHONE = { viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true }
/** About twice what the longest task takes. Drawing all turns at once took 700 ms. */
const MAX_TASK_MS = 200

let stage: ChatStage
beforeAll(async () => {
  stage = await ChatStage.start()
})
afterAll(() => stage.close())

// The fastest of three, since other programs only add to the CPU time.
it('a long conversation appears without a long task, the last turns first', { retry: 2 }, async () => {
  const turns = Array.from({ length: 100 }, (_, i) => [
    turn({ id: `q${i}`, role: 'user', text: `Question ${i}` }),
    turn({ id: `a${i}`, role: 'assistant', text: RICH_ANSWER }),
  ]).flat()
  const { page } = await stage.open(STATES['empty']!, PHONE)
  const view = { ...READY, open: conversation(turns, { id: 'long' }) }
  await page.evaluate(`globalThis.long = ${JSON.stringify(view)}`)
  const longestMs = await stage.longestTaskMs(page, async () => {
    await page.evaluate('stage.show(long)')
    expect(await page.getByText('Question 99').count()).toBe(1)
    await expect.poll(() => page.locator('.turn').count()).toBe(turns.length)
  })
  expect(longestMs).toBeLessThan(MAX_TASK_MS)
  const distanceFromEnd = await page
    .locator('main')
    .evaluate((main) => main.scrollHeight - main.clientHeight - main.scrollTop)
  expect(distanceFromEnd).toBeLessThan(2)
})
