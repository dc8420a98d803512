import { EventEmitter } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { beforeEach, expect, it } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { ArrivalNews, type ArrivalNewsOptions } from './arrival-news.ts'

/** A subscribing Redis connection. */
class FakeListener extends EventEmitter {
  readonly channels = new Set<string>()

  async subscribe(channel: string): Promise<void> {
    this.channels.add(channel)
  }

  async unsubscribe(channel: string): Promise<void> {
    this.channels.delete(channel)
  }
}

const CHANNEL = 'ctl:arrived:a'

let clock: FakeClock
let listener: FakeListener
let news: ArrivalNews
beforeEach(() => {
  clock = new FakeClock()
  listener = new FakeListener()
  news = new ArrivalNews({
    listener: listener as unknown as ArrivalNewsOptions['listener'],
    registry: { isArrival: (_channel, text) => text === 'sealed' },
    clock,
  })
})

/** A watch that is already subscribed. */
async function watching() {
  const watch = news.watch('a')
  await watch.next(1_000)
  return watch
}

async function isOver(waiting: Promise<void>): Promise<boolean> {
  let over = false
  void waiting.then(() => (over = true))
  await setImmediate()
  return over
}

it('lets a request retry as soon as there is a notification, and then waits for more', async () => {
  const watch = await watching()
  const waiting = watch.next(1_000)
  expect(await isOver(waiting)).toBe(false)
  listener.emit('message', CHANNEL, 'sealed')
  expect(await isOver(waiting)).toBe(true)
})

it('ignores messages not signed by a replica, and those about other owners', async () => {
  const waiting = (await watching()).next(1_000)
  listener.emit('message', CHANNEL, 'forged')
  listener.emit('message', 'ctl:arrived:b', 'sealed')
  expect(await isOver(waiting)).toBe(false)
})

it('reports devices that arrive here', async () => {
  const waiting = (await watching()).next(1_000)
  news.arrived('a')
  expect(await isOver(waiting)).toBe(true)
})

it('does not wait longer than the given time if the message is lost', async () => {
  const waiting = (await watching()).next(1_000)
  clock.advance(1_000)
  expect(await isOver(waiting)).toBe(true)
})

it('subscribes while a request waits, and leaves no timer behind', async () => {
  const [one, other] = [await watching(), await watching()]
  one.close()
  expect([...listener.channels]).toEqual([CHANNEL])
  other.close()
  expect([...listener.channels]).toEqual([])
  expect(clock.pendingTimers).toBe(0)
})
