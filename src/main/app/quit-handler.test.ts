import { beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../shared/logger.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { DRAIN_DEADLINE_MS } from '../view/quit-plan.ts'
import type { Question } from './ports.ts'
import { wordsOf } from '../view/words/view-words.ts'
import { QuitHandler } from './quit-handler.ts'

/** Lets settled promises run their callbacks. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

let clock: FakeClock
let requests: number
let done: string[]
let questions: Question[]
let answer: PromiseWithResolvers<number>
let quit: QuitHandler

beforeEach(() => {
  clock = new FakeClock()
  requests = 1
  done = []
  questions = []
  answer = Promise.withResolvers()
  quit = new QuitHandler({
    clock,
    logger: silentLogger,
    system: { ask: (question) => (questions.push(question), answer.promise) },
    words: () => wordsOf({ locale: { language: 'en', tag: 'en' } }),
    activeRequests: () => requests,
    drain: (isDraining) => done.push(`drain ${isDraining}`),
    hideWindow: () => done.push('hide'),
    exit: () => done.push('exit'),
  })
})

async function answered(label: string): Promise<void> {
  answer.resolve(questions[0]!.buttons.indexOf(label))
  await settle()
}

describe('quitting while a request runs', () => {
  it('asks once, even if quitting is requested repeatedly', () => {
    quit.quit()
    quit.quit()
    quit.closeWindow(false)
    expect(questions).toHaveLength(1)
    expect(done).toEqual([])
  })

  it('keeps running if the question is cancelled, by its button or by Escape', async () => {
    quit.quit()
    const { buttons, cancelButton } = questions[0]!
    expect(buttons[cancelButton]).toBe('Cancel')
    await answered('Cancel')
    expect(quit.mayClose).toBe(false)
    quit.quit()
    expect(questions).toHaveLength(2)
  })

  it('rejects new requests and quits with the last one', async () => {
    quit.quit()
    await answered('Quit when finished')
    expect(done).toEqual(['drain true'])
    quit.send({ type: 'idle' })
    expect(done).toEqual(['drain true', 'exit'])
    expect(clock.pendingTimers).toBe(0)
  })

  it('quits after a deadline if a request never finishes', async () => {
    quit.quit()
    await answered('Quit when finished')
    clock.advance(DRAIN_DEADLINE_MS)
    expect(done).toEqual(['drain true', 'exit'])
  })

  it('does not wait for a request that finished while the question was open', async () => {
    quit.quit()
    requests = 0
    await answered('Quit when finished')
    expect(done).toEqual(['exit'])
  })

  it('quits without losing requests if the question cannot be shown', async () => {
    quit.quit()
    answer.reject(new Error('no display'))
    await settle()
    expect(done).toEqual(['drain true'])
  })
})

it('the end of the session does not wait for an answer, and is not undone by one', async () => {
  quit.quit()
  quit.send({ type: 'shutdown' })
  await answered('Cancel')
  expect(done).toEqual(['exit'])
  expect(quit.mayClose).toBe(true)
})

it('a signal stops an app whose update hangs', () => {
  quit.send({ type: 'quitForUpdate' })
  expect(quit.mayClose).toBe(true)
  expect(done).toEqual([])
  quit.send({ type: 'shutdown' })
  expect(done).toEqual(['exit'])
})
