import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ModelPull } from './model-pull.ts'

let server: http.Server
let baseUrl: string
let answer: (response: http.ServerResponse) => void
let asked: string
let done: number
let pull: ModelPull
beforeEach(async () => {
  asked = ''
  done = 0
  server = http.createServer((request, response) => {
    request.on('data', (piece: Buffer) => (asked += piece.toString()))
    request.on('end', () => answer(response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  pull = new ModelPull({ onChange: () => {}, onDone: () => done++ })
})
afterEach(() => {
  pull.cancel()
  server.closeAllConnections()
  server.close()
})

const line = (value: object) => `${JSON.stringify(value)}\n`

test('reports the progress over all files, then that it is done', async () => {
  let finish = (): void => {}
  answer = (response) => {
    response.write(line({ status: 'pulling manifest' }))
    response.write(line({ status: 'pulling a', digest: 'a', total: 100, completed: 40 }))
    response.write(line({ status: 'pulling b', digest: 'b', total: 50 }))
    finish = () => response.end(line({ status: 'success' }))
  }
  pull.start(baseUrl, undefined, 'llama3.2:1b')
  await vi.waitFor(() =>
    expect(pull.state).toEqual({ kind: 'running', model: 'llama3.2:1b', doneBytes: 40, totalBytes: 150 }),
  )
  expect(JSON.parse(asked)).toEqual({ model: 'llama3.2:1b', stream: true })
  finish()
  await vi.waitFor(() => expect(pull.state).toEqual({ kind: 'done', model: 'llama3.2:1b' }))
  expect(done).toBe(1)
})

test('is stopped at the server when it is cancelled', async () => {
  const closed = Promise.withResolvers<void>()
  answer = (response) => {
    response.write(line({ status: 'pulling a', digest: 'a', total: 100, completed: 1 }))
    response.on('close', () => closed.resolve())
  }
  pull.start(baseUrl, undefined, 'm')
  await vi.waitFor(() => expect(pull.state).toMatchObject({ doneBytes: 1 }))
  pull.cancel()
  await closed.promise
  expect(pull.state).toBeNull()
})

test.each([
  ['an error line', (response: http.ServerResponse) => response.end(line({ error: 'no such model' }))],
  ['a broken connection', (response: http.ServerResponse) => response.write('{') && response.destroy()],
  ['an end without success', (response: http.ServerResponse) => response.end(line({ status: 'x' }))],
])('fails with a reason: %s', async (_, act) => {
  answer = (response) => void act(response)
  pull.start(baseUrl, undefined, 'm')
  await vi.waitFor(() => expect(pull.state).toMatchObject({ kind: 'failed', model: 'm' }))
  expect(done).toBe(0)
})

test.each(['', 'a b', '../x', 'a;b', 'x'.repeat(301)])('refuses a name that no model has: %j', (name) => {
  expect(() => pull.start(baseUrl, undefined, name)).toThrow('not the name of a model')
  expect(pull.state).toBeNull()
})
