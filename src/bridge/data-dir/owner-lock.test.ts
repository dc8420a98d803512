import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, stat, utimes, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeEach, expect, onTestFinished, test } from 'vitest'

import { AppError } from '../../shared/errors.ts'
import { meet } from './control.ts'
import { acquire, Holder, type OpenHandlers, request, withDataDir } from './owner-lock.ts'
import { FILES, prepareControlPath } from './paths.ts'

let dataDir: string
let controlPath: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ctl-lock-'))
  controlPath = await prepareControlPath(dataDir)
})

async function held(options?: { passing: boolean }): Promise<Holder> {
  const holder = await acquire(dataDir, options)
  onTestFinished(() => holder.close())
  return holder
}

/** Kills a process that listens on the control socket, which leaves the socket file behind. */
async function leaveStaleSocket(): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(controlPath)}, () => console.log('up'))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test('a second bridge on the same directory is told which process holds it', async () => {
  await held()
  await expect(acquire(dataDir)).rejects.toMatchObject({
    code: 'ALREADY_RUNNING',
    message: expect.stringContaining(`process ${process.pid}`),
  })
})

test('the directory is unlocked after close', async () => {
  await (await acquire(dataDir)).close()
  expect(await held()).toBeInstanceOf(Holder)
})

test('a stale socket of a killed process does not block others', async () => {
  await leaveStaleSocket()
  expect(await request(dataDir, { op: 'x' })).toBeNull()
  await held()
})

test('of many that find the same stale socket, exactly one wins', async () => {
  await leaveStaleSocket()
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => acquire(dataDir)))
  const holders = tries.filter((tried) => tried.status === 'fulfilled').map((tried) => tried.value)
  onTestFinished(async () => void (await Promise.all(holders.map((holder) => holder.close()))))
  expect(holders).toHaveLength(1)
  await expect(acquire(dataDir)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' })
})

test('a process that died while acquiring the lock does not block others', async () => {
  const path = join(dataDir, FILES.acquiring)
  await writeFile(path, '')
  await utimes(path, 1, 1)
  expect(await held()).toBeInstanceOf(Holder)
})

test('only this user may connect to the socket', async () => {
  await held()
  expect((await stat(controlPath)).mode & 0o777).toBe(0o600)
})

test('a request reaches the holder, and waits for one that is still starting', async () => {
  const holder = await held()
  const answer = request(dataDir, { op: 'add', a: 2, b: 3 })
  holder.serve({ add: async ({ a, b }) => ({ sum: Number(a) + Number(b) }) })
  expect(await answer).toEqual({ result: { sum: 5 } })
})

test('an error of the holder arrives with its code', async () => {
  const holder = await held()
  holder.serve({
    fail: async () => {
      throw new AppError('KEY_NOT_FOUND', 'no such key: x')
    },
  })
  await expect(request(dataDir, { op: 'fail' })).rejects.toMatchObject({
    code: 'KEY_NOT_FOUND',
    message: 'no such key: x',
  })
})

test('an unknown operation fails, even if it is named like an inherited property', async () => {
  const holder = await held()
  holder.serve({})
  await expect(request(dataDir, { op: 'toString' })).rejects.toMatchObject({ code: 'INTERNAL' })
})

test('a request of more than 64 KiB is disconnected, and the holder survives', async () => {
  const holder = await held()
  holder.serve({ ok: async () => 1 })
  await expect(request(dataDir, { op: 'ok', filler: 'x'.repeat(200_000) })).rejects.toMatchObject({
    code: 'INTERNAL',
  })
  expect(await request(dataDir, { op: 'ok' })).toEqual({ result: 1 })
})

test('a client that sends garbage gets an error line, not a crash', async () => {
  const holder = await held()
  holder.serve({})
  const socket = connect(controlPath)
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  socket.write('not json\n')
  await once(socket, 'close')
  expect(text.split('\n')[1]).toContain('"ok":false')
})

test('a bridge that stops before it serves answers waiting requests', async () => {
  const holder = await acquire(dataDir)
  const meeting = await meet(controlPath)
  if (meeting.kind !== 'met') throw new Error('nobody is there')
  const [asked] = await Promise.allSettled([meeting.caller.ask({ op: 'x' }), holder.close()])
  expect(asked).toMatchObject({ reason: { code: 'INTERNAL', message: expect.stringContaining('stopped') } })
})

test('an owner that stops before it accepts the connection is met as silent, so that callers try again', async () => {
  const server = createServer().listen(controlPath)
  await once(server, 'listening')
  const meeting = meet(controlPath)
  server.close()
  expect(await meeting).toEqual({ kind: 'silent' })
})

test('close waits for the response in progress', async () => {
  const holder = await acquire(dataDir)
  const gate = Promise.withResolvers<string>()
  const reached = Promise.withResolvers<void>()
  holder.serve({
    slow: async () => {
      reached.resolve()
      return gate.promise
    },
  })
  const answer = request(dataDir, { op: 'slow' })
  await reached.promise
  const closed = holder.close()
  gate.resolve('done')
  expect(await answer).toEqual({ result: 'done' })
  await closed
})

test('without a running bridge an operation runs here and locks the directory meanwhile', async () => {
  const open = async () => ({ x: () => meet(controlPath) })
  expect(await withDataDir(dataDir, { op: 'x' }, open)).toMatchObject({ holder: { passing: true } })
  expect(await meet(controlPath)).toEqual({ kind: 'nobody' })
})

test('a command closes what it opened before the directory is free, also after a failure', async () => {
  const atClose: Promise<unknown>[] = []
  const open: OpenHandlers = async (onClose) => {
    onClose(() => void atClose.push(meet(controlPath)))
    return { fail: () => Promise.reject(new AppError('KEY_NOT_FOUND')) }
  }
  await expect(withDataDir(dataDir, { op: 'fail' }, open)).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' })
  expect(await Promise.all(atClose)).toMatchObject([{ kind: 'silent' }])
})

test('a command waits for another one, which would not know its operation', async () => {
  const asked = Promise.withResolvers<string>()
  const other = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => asked.resolve(String(bytes)))
    socket.on('close', () => asked.resolve(''))
    socket.write(`${JSON.stringify({ pid: 1, passing: true })}\n`)
  })
  other.listen(controlPath)
  await once(other, 'listening')
  const command = withDataDir(dataDir, { op: 'x' }, async () => ({ x: async () => 'here' }))
  expect(await asked.promise).toBe('')
  other.close()
  expect(await command).toBe('here')
})

test('with a running bridge an operation runs there, and the files are not touched', async () => {
  const holder = await held()
  holder.serve({ x: async () => 'there' })
  const open = () => Promise.reject(new Error('must not open'))
  expect(await withDataDir(dataDir, { op: 'x' }, open)).toBe('there')
})

test('concurrent commands each run once', async () => {
  let runs = 0
  const open = async () => ({ x: async () => ++runs })
  const results = await Promise.all(Array.from({ length: 10 }, () => withDataDir(dataDir, { op: 'x' }, open)))
  expect(results.map(Number).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('a bridge that starts while a command holds the lock waits for it', async () => {
  const passing = await acquire(dataDir, { passing: true })
  const bridge = acquire(dataDir)
  passing.serve({})
  await passing.close()
  expect(await bridge).toBeInstanceOf(Holder)
  await (await bridge).close()
})

test('an operation without a result gets a response', async () => {
  ;(await held()).serve({ forget: async () => undefined })
  expect(await request(dataDir, { op: 'forget' })).toEqual({ result: undefined })
})

test('an error for a path below a file names the path and the fix', async () => {
  const file = join(dataDir, 'file')
  await writeFile(file, '')
  await expect(acquire(join(file, 'inside'))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `--data-dir: ${file}/inside cannot be used: part of the path is a file. Choose another path.`,
  })
})

test.runIf(process.platform === 'linux')(
  'an error for a directory in which no file can be created names it',
  async () => {
    // Not even root can create a file there.
    await expect(acquire('/proc/self/fd')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('--data-dir: /proc/self/fd cannot be used: '),
    })
  },
)
