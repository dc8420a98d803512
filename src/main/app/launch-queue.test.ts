import { expect, it } from 'vitest'
import { LaunchQueue } from './launch-queue.ts'

it('a link opened while the app starts is followed exactly once, when the app is ready', () => {
  const queue = new LaunchQueue()
  const followed: (readonly string[])[] = []
  queue.push(['first'])
  queue.push(['second'])
  queue.follow((argv) => followed.push(argv))
  queue.push(['third'])
  expect(followed).toEqual([['first'], ['second'], ['third']])
})
