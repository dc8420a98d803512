/** Uses the window at random, with requests that are slow or fail, while the app's state changes. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PAGE_IDS, requests, type RequestName } from '../../src/shared/ipc/contract.ts'
import { SCRIPT } from '../support/sample-script.ts'
import {
  builtInView,
  connections,
  emptyView,
  firstRunView,
  onlineIn,
  onlineView,
} from '../support/sample-view.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { WindowStage, type Script } from '../support/window-stage.ts'

const SEED = 1
const STEPS = 150
const LONGEST_REQUEST_MS = 60
const VIEWS = [
  onlineView,
  emptyView,
  firstRunView,
  builtInView(),
  onlineIn('de'),
  ...Object.values(connections).map((connection) => ({ ...onlineView, connection })),
  { ...onlineView, keys: onlineView.keys.slice(1), requests: [] },
  { ...onlineView, relay: null, endpoint: null },
]

/** Runs in the page; pauses are shorter and longer than a frame. @returns the steps, and what is wrong after the last one */
const WALK = `(async (random, views, pages, steps) => {
  const pick = (all) => all[Math.floor(random() * all.length)]
  const wrong = []
  addEventListener('error', ({ message }) => wrong.push(message))
  addEventListener('unhandledrejection', ({ reason }) => wrong.push(String(reason)))
  const change = () => stageSay('view.changed', pick(views))
  const show = () => stageSay('page.show', pick(pages))
  const find = (selector) => {
    const place = document.querySelector('dialog') ?? document.body
    return pick([...place.querySelectorAll(selector)].filter(({ disabled }) => !disabled))
  }
  const click = () => {
    const button = find('button, summary, input[type=checkbox], input[type=radio]')
    button?.focus()
    button?.click()
    return button?.ariaLabel || button?.textContent || button?.id
  }
  const type = () => {
    const input = find('input:not([type=checkbox], [type=radio])')
    if (input === undefined) return
    input.value = pick(['', '12', 'relay.example.com'])
    for (const name of ['input', 'change']) input.dispatchEvent(new Event(name, { bubbles: true }))
    return input.id
  }
  const pause = () => pick([Promise.resolve(), new Promise(requestAnimationFrame), new Promise((done) => setTimeout(done, 20))])
  const log = []
  while (log.length < steps && wrong.length === 0) {
    const step = pick([change, change, show, click, click, click, click, type])
    log.push(step.name + ' ' + (step() ?? ''))
    await pause()
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
    const [mains, dialogs] = ['main', 'dialog'].map((name) => document.querySelectorAll(name).length)
    if (mains !== 1 || dialogs > 1) wrong.push(mains + ' pages, ' + dialogs + ' dialogs')
    if (new Set(ids).size < ids.length) wrong.push('an id is repeated')
  }
  return { wrong, last: log.slice(-8) }
})`

let stage: WindowStage
beforeAll(async () => {
  stage = await WindowStage.start()
})
afterAll(() => stage.close())

/** Responses that are late at random, and a quarter of which are failures. */
function unreliable(random: () => number): Script {
  const names = Object.keys(requests).filter((name) => name !== 'view.get') as RequestName[]
  const error = { code: 'RELAY_UNREACHABLE', message: 'The relay cannot be reached.' }
  const files = { 'settings.export': () => ({ path: null }), 'settings.import': () => ({ path: null }) }
  const script: Script = { ...SCRIPT, ...files }
  return Object.fromEntries(
    names.map((name) => [
      name,
      async (payload: never) => {
        await delay(random() * LONGEST_REQUEST_MS)
        return random() < 0.25 ? { ok: false, error } : script[name]?.(payload)
      },
    ]),
  )
}

it('works after any steps', async () => {
  const { page, complaints } = await stage.open(onlineView, unreliable(seededRandom(SEED)))
  const random = `(${seededRandom.toString()})(${SEED})`
  const given = [random, JSON.stringify(VIEWS), JSON.stringify(PAGE_IDS), STEPS].join(', ')
  const { wrong, last } = await page.evaluate<{ wrong: string[]; last: string[] }>(`${WALK}(${given})`)
  expect([...wrong, ...complaints].map((what) => `${what} after ${last.join(', ')}`)).toEqual([])
})
