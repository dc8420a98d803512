import { expect, it } from 'vitest'
import { JobStage } from './jobs.test-support.ts'
import { QueueMoves } from './queue-moves.ts'

it('reports new positions of watched jobs once a second, however many jobs end', async () => {
  const stage = await JobStage.open()
  stage.limits = { ...stage.limits, maxWaitingPerKey: 1_000, maxBytesPerKey: 10_000_000 }
  const jobs = Array.from({ length: 200 }, () => stage.add())
  const [watched, unwatched] = [jobs[150]!, jobs[151]!]
  const moves = new QueueMoves(stage.store, stage.clock)
  const leave = [moves.watch(watched.n), moves.watch(watched.n)]
  const places: (number | undefined)[] = []
  stage.store.watch((n) => {
    if (n === watched.n) places.push(stage.store.queuePositions().get(n))
  })
  for (const { n } of jobs.slice(0, 100)) {
    stage.work(n)
    stage.clock.advance(50)
  }
  stage.clock.advance(1_000)
  expect(places).toEqual([131, 111, 91, 71, 51])
  expect(stage.job(unwatched.n).revision).toBe(unwatched.revision)
  for (const each of leave) each()
  stage.work(jobs[100]!.n)
  expect([stage.clock.pendingTimers, places.length]).toEqual([0, 5])
})
