import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { openAppLog, type AppLog } from './app-log.ts'

let dataDir: string
let log: AppLog
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ctl-app-log-'))
  log = openAppLog(dataDir)
})
afterEach(async () => {
  log.close()
  await rm(dataDir, { recursive: true })
})

const onDisk = () => readFile(join(log.dir, 'app.log'), 'utf8')

test('a line is on disk and in memory as soon as it is logged, without secrets', async () => {
  log.logger.warn({ relay: 'wss://x/?token=s3cret', authorization: 's3cret' }, 'refused ctl_s3cret')
  const [line = ''] = log.lines()
  expect(line).toContain('warn  refused ctl_[redacted]')
  expect(line).not.toContain('s3cret')
  expect(await onDisk()).toBe(`${line}\n`)
})

test('memory keeps the last two thousand lines, and the disk keeps more', async () => {
  for (let i = 0; i < 5_001; i++) log.logger.info({ i }, 'tick')
  const lines = log.lines()
  expect(lines).toHaveLength(2_000)
  expect([lines[0], lines.at(-1)]).toEqual([
    expect.stringMatching(/i=3001$/),
    expect.stringMatching(/i=5000$/),
  ])
  expect((await onDisk()).split('\n')).toHaveLength(5_002)
})
