import { expect, it } from 'vitest'
import { purge } from './job-purge.ts'
import { DEVICE, itemsOf, JobStage, newJob, openJobsDatabase, temporaryDir } from './jobs.test-support.ts'

const KIB = 1024

it('deletes the contents of a deleted job in small steps, and of no other job', async () => {
  const database = await openJobsDatabase(await temporaryDir())
  const stage = new JobStage(database)
  stage.limits = { ...stage.limits, maxBytesPerKey: 100 * KIB * KIB }
  const body = Buffer.alloc(10 * KIB, 'x')
  const large = stage.store.create(
    newJob({ type: 'response', name: { text: 'k', digest: 'a', isConversation: false } }),
    Array.from({ length: 300 }, () => ({ path: '/', body })),
  )
  const other = stage.store.create(newJob(), itemsOf(2))
  const insert = database.prepare('INSERT INTO response_events VALUES (?, ?, ?, ?)')
  for (let n = 0; n < 100; n++) insert.run(large.n, n, 'delta', '{}')
  stage.store.cancel(large.n)
  stage.store.remove(large.n)
  expect(stage.store.list(DEVICE, { limit: 10 }).jobs.map(({ n }) => n)).toEqual([other.n])
  expect(() => stage.store.get(DEVICE, large.id)).toThrow(expect.objectContaining({ code: 'JOB_NOT_FOUND' }))
  const rows = () => [
    Number(database.prepare('SELECT COUNT(*) AS n FROM items').get()?.['n']),
    Number(database.prepare('SELECT COUNT(*) AS n FROM response_events').get()?.['n']),
    Number(database.prepare('SELECT COUNT(*) AS n FROM jobs').get()?.['n']),
  ]
  expect(purge(database, 100 * KIB)).toBe(true)
  expect(rows()).toEqual([292, 100, 2])
  let steps = 1
  while (purge(database, 100 * KIB)) steps++
  expect(rows()).toEqual([2, 0, 1])
  expect(steps).toBe(30 + 2 + 1)
  expect(stage.work(other.n)).toBe(0)
})

it('continues after a restart, and frees the quota of the key step by step', async () => {
  const dir = await temporaryDir()
  let stage = await JobStage.open(dir)
  const body = Buffer.alloc(300 * KIB)
  const items = Array.from({ length: 3 }, () => ({ path: '/', body }))
  const { n } = stage.store.create(newJob(), items)
  stage.store.cancel(n)
  stage.store.remove(n)
  const database = await openJobsDatabase(dir)
  stage = new JobStage(database)
  expect(() => stage.store.create(newJob(), items)).toThrow(
    expect.objectContaining({ code: 'JOB_STORAGE_FULL' }),
  )
  while (purge(database, 256 * KIB));
  stage.store.create(newJob(), items)
})
