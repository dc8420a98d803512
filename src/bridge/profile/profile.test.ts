import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { meet } from '../data-dir/control.ts'
import { controlPathFor } from '../data-dir/paths.ts'
import { openProfile } from './profile.ts'

test('a command that comes while the profile closes is still answered from open files', async () => {
  vi.stubEnv('CLOUDTOLOCALLLM_SECRETS', 'file')
  const dataDir = await realpath(await mkdtemp(join(tmpdir(), 'ctl-profile-')))
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await rm(dataDir, { recursive: true })
  })
  const profile = await openProfile({ dataDir, notify: () => {}, allowSecretsFile: () => true })
  const meetings = await Promise.all([1, 2].map(() => meet(controlPathFor(dataDir))))
  const closed = profile.close()
  const [jobs, usage] = meetings.map((meeting, at) => {
    if (meeting.kind !== 'met') throw new Error('nobody is there')
    return meeting.caller.ask(at === 0 ? { op: 'jobs.list', limit: 1 } : { op: 'usage.csv' })
  })
  expect(await jobs).toEqual([])
  expect(await usage).toContain('day,model,key')
  await closed
})
