import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isFinal } from '../../shared/jobs.ts'
import type { DatabaseSync } from '../database/database.ts'
import { FAILURE, JobStage, newJob, itemsOf, openJobsDatabase, temporaryDir } from './jobs.test-support.ts'

/** Calls `after` after each statement that writes. */
function watched(database: DatabaseSync, after: () => void): DatabaseSync {
  return new Proxy(database, {
    get(target, name) {
      if (name === 'exec')
        return (sql: string) => {
          target.exec(sql)
          after()
        }
      if (name !== 'prepare') return Reflect.get(target, name) as unknown
      return (sql: string) => {
        const statement = target.prepare(sql)
        const run = (...values: never[]) => {
          const result = statement.run(...values)
          after()
          return result
        }
        return { run, get: statement.get.bind(statement), all: statement.all.bind(statement) }
      }
    },
  })
}

it('a kill at any statement loses no finished result and repeats none', async () => {
  const dir = await temporaryDir()
  const copies: { readonly dir: string; readonly done: readonly string[] }[] = []
  /** Results that were reported to the outside. */
  const done: string[] = []
  const database = await openJobsDatabase(dir)
  const stage = new JobStage(
    watched(database, () => {
      const to = join(dir, `copy-${copies.length}`)
      mkdirSync(to)
      for (const name of ['jobs.db', 'jobs.db-wal'])
        if (existsSync(join(dir, name))) copyFileSync(join(dir, name), join(to, name))
      copies.push({ dir: to, done: [...done] })
    }),
  )
  stage.store.watch((n) => {
    for (const { number } of stage.store.items.results(n))
      if (!done.includes(`${n}/${number}`)) done.push(`${n}/${number}`)
  })
  const { n } = stage.add(2)
  stage.work(n)
  stage.work(n)
  const batch = stage.store.create(newJob({ type: 'batch' }), null)
  await stage.store.items.fill(batch.n, itemsOf(3))
  stage.work(batch.n)
  stage.store.items.putBack(stage.store.items.take(batch.n)!, 0, true)
  stage.work(batch.n, FAILURE)
  stage.work(batch.n)
  stage.store.settle(batch.n)
  stage.store.retry(batch.n)
  stage.work(batch.n)
  const other = stage.add()
  stage.store.cancel(other.n)
  stage.store.remove(other.n)

  expect(copies.length).toBeGreaterThan(50)
  for (const copy of copies) {
    const after = new JobStage(await openJobsDatabase(copy.dir))
    const kept = new Set<string>()
    for (const job of after.store.list({ kind: 'device' }, { limit: 10 }).jobs) {
      const results = [...after.store.items.results(job.n)]
      for (const { number } of results) kept.add(`${job.n}/${number}`)
      const [failed, completed] = [true, false].map(
        (isFailed) => results.filter((result) => result.isFailed === isFailed).length,
      )
      expect(job.counts).toMatchObject({ failed, completed })
      if (job.isFilled && !isFinal(job.state))
        finishAll(
          after,
          job.n,
          results.map(({ number }) => number),
        )
    }
    // The failed one is tried again at the end, and then has no result for a while.
    expect(copy.done.filter((result) => !kept.has(result) && result !== `${batch.n}/1`)).toEqual([])
    after.store.close()
  }
})

/** Works on everything that is left, which must not contain what was finished. */
function finishAll(stage: JobStage, n: number, finished: readonly number[]): void {
  while (!isFinal(stage.job(n).state)) expect(finished).not.toContain(stage.work(n))
}
