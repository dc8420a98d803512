import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openLate } from '../../bridge/data-dir/late-opening.test-support.ts'
import { streamedAnswer, wholeAnswer } from '../../bridge/forward/local-answer.ts'
import { saveAnswer } from './job-requests.ts'

async function place(): Promise<{ readonly directory: string; readonly path: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'ctl-save-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return { directory, path: join(directory, 'answer.json') }
}

const answerOf = (source: () => AsyncGenerator<Uint8Array>) =>
  streamedAnswer({ status: 200, headers: [], shape: 'opaque', source })

async function* breakingOff(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half of')
  throw new Error('broken off')
}

test('an answer of any length is saved for this user only, in place of the file that was there', async () => {
  const { directory, path } = await place()
  await writeFile(path, 'before')
  const piece = Buffer.alloc(100_000, 'a')
  const seen: string[] = []
  const answer = answerOf(async function* () {
    for (let count = 0; count < 10; count++) {
      yield piece
      seen.push(await readFile(path, 'utf8'))
    }
  })
  await saveAnswer(answer, path)
  expect((await readFile(path)).equals(Buffer.alloc(1_000_000, 'a'))).toBe(true)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(new Set(seen)).toEqual(new Set(['before']))
  expect(await readdir(directory)).toEqual(['answer.json'])
})

test('an answer that breaks off leaves the file that was there, and nothing else', async () => {
  const { directory, path } = await place()
  await writeFile(path, 'before')
  await expect(saveAnswer(answerOf(breakingOff), path)).rejects.toThrow('broken off')
  expect(await readFile(path, 'utf8')).toBe('before')
  expect(await readdir(directory)).toEqual(['answer.json'])
})

test('an answer that breaks off while its file is being opened leaves nothing', async () => {
  const { directory, path } = await place()
  const opened = openLate()
  await expect(saveAnswer(answerOf(breakingOff), path)).rejects.toThrow('broken off')
  await opened
  expect(await readdir(directory)).toEqual([])
})

test('a directory that is gone is reported as such', async () => {
  const { directory } = await place()
  const whole = wholeAnswer(200, 'whole')
  const saving = saveAnswer(whole, join(directory, 'gone', 'answer.json'))
  await expect(saving).rejects.toMatchObject({ code: 'ENOENT' })
})
