import { beforeEach, describe, expect, it } from 'vitest'
import { RunnerStage } from './job-runner.test-support.ts'
import { JobStage, temporaryDir } from './jobs.test-support.ts'

let dir: string
let jobs: JobStage
let stage: RunnerStage
beforeEach(async () => {
  dir = await temporaryDir()
  await start()
})

/** Every start but the first is one after a kill: the database was not closed. */
async function start(concurrency = 1): Promise<void> {
  jobs = await JobStage.open(dir)
  stage = new RunnerStage(jobs)
  stage.settings = { ...stage.settings, concurrency }
  stage.start()
}

const targets = () => stage.calls.map(({ head }) => head.requestId.split('.')[1])

async function answer(): Promise<void> {
  stage.last.answer(200)
  await stage.settle()
}

describe('after a crash', () => {
  it('only unfinished requests run again', async () => {
    const { n } = jobs.add(3, { type: 'batch' })
    await stage.settle()
    await answer()
    expect(targets()).toEqual(['0', '1'])
    await start()
    for (let i = 0; i < 2; i++) await answer()
    expect(targets()).toEqual(['1', '2'])
    expect(jobs.job(n)).toMatchObject({ state: 'completed', counts: { completed: 3 } })
  })

  it('requests that were running run one at a time, until each has a result', async () => {
    await start(2)
    const { n } = jobs.add(5, { type: 'batch' })
    await stage.settle()
    expect(targets()).toEqual(['0', '1'])
    await start(2)
    expect(targets()).toEqual(['0'])
    await answer()
    expect(targets()).toEqual(['0', '1'])
    await answer()
    expect(targets()).toEqual(['0', '1', '2', '3'])
    expect(jobs.job(n).counts.completed).toBe(2)
  })
})
