import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { JobDevice, sampleJob } from '../support/job-device.ts'
import { JobWatcher } from '../support/job-watcher.ts'
import { closing, fresh } from '../support/fixtures.ts'
import { pair } from '../support/stack.ts'
import { until } from '../support/until.ts'

const it = fresh.extend('device', async ({ relay }, { onCleanup }) =>
  closing(await new JobDevice(await pair(relay, 'owner'), relay.port).start(), onCleanup),
)

const newId = (): string => `job_${randomUUID().replaceAll('-', '').slice(0, 24)}`

it('a watcher sees each state of a job once, and its end', async ({ relay, device }) => {
  const { key } = device
  const id = newId()
  device.addJob(sampleJob(id), key)
  const watcher = await JobWatcher.open(relay.port, key)
  watcher.subscribe(id)
  await watcher.next(({ type }) => type === 'update')
  await until(() => device.subscriptions(id) === 1)
  device.change(id, { counts: { total: 1000, completed: 10, failed: 0 } })
  device.change(id, { state: 'completed' })
  await watcher.next(({ job }) => job?.state === 'completed')
  expect(watcher.messages.map(({ type, job }) => job?.revision ?? type)).toEqual([
    'ready',
    'subscribed',
    1,
    2,
    3,
  ])
  await until(() => device.subscriptions(id) === 0)
  watcher.close()
})
