import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { chatModelOf, chatOnce, replyIn } from './first-chat.ts'

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

describe('chatOnce', () => {
  it('uses the proxy to reach the relay', async () => {
    const answer = { message: { content: 'Hello!' } }
    const port = await portOf(createServer((_, response) => response.end(JSON.stringify(answer))))
    const proxy = createServer().on('connect', ({ url }, client) => {
      expect(url).toBe('relay.test:80')
      const relay = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'))
      relay.pipe(client).pipe(relay)
    })
    // Those of this machine, in lower case, would take precedence.
    for (const name of ['http_proxy', 'no_proxy', 'NO_PROXY']) vi.stubEnv(name, '')
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${await portOf(proxy)}`)
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(await chatOnce('http://relay.test/k/ctl_x', 'ollama', 'llama3.2')).toEqual({
      kind: 'answered',
      model: 'llama3.2',
      reply: 'Hello!',
    })
  })

  it('reports why it failed, without the key', async () => {
    const port = await portOf(
      createServer((_, response) => response.writeHead(503).end('{"error":"offline"}')),
    )
    const url = `http://127.0.0.1:${port}/k/ctl_secret`
    const refused = await chatOnce(url, 'ollama', 'llama3.2')
    expect(refused).toMatchObject({ kind: 'failed', reason: 'HTTP 503: {"error":"offline"}' })
    const unreachable = await chatOnce('http://127.0.0.1:1/k/ctl_secret', 'ollama', 'llama3.2')
    expect(unreachable).toMatchObject({ kind: 'failed', reason: expect.stringContaining('ECONNREFUSED') })
    expect(JSON.stringify([refused, unreachable])).not.toContain('secret')
  })
})

describe('chatModelOf', () => {
  it.each([
    [['nomic-embed-text:latest', 'bge-m3', 'llama3.2:latest'], 'llama3.2:latest'],
    [['gpt-oss:120b-cloud', 'qwen3:4b'], 'qwen3:4b'],
    [['all-minilm'], 'all-minilm'],
    [['gpt-oss:120b-cloud'], undefined],
    [[], undefined],
  ])('from %j tries %s', (models, chosen) => {
    expect(chatModelOf({ models })).toBe(chosen)
  })
})

describe('replyIn', () => {
  it.each([
    ['what Ollama says', { message: { content: ' Hello! ', thinking: 'hm' } }, 'Hello!'],
    ['what others say', { choices: [{ message: { content: 'Hello!' } }] }, 'Hello!'],
    ['a thought without words', { message: { content: '', thinking: 'The user wants' } }, 'The user wants'],
    ['a thought elsewhere', { choices: [{ message: { content: null, reasoning_content: 'Well' } }] }, 'Well'],
    ['nothing', { error: 'no' }, ''],
    ['no choice', { choices: [] }, ''],
  ])('%s', (_case, value, reply) => {
    expect(replyIn(JSON.stringify(value))).toBe(reply)
  })

  it.each(['<html>', 'null', '1', '{"message":null}'])('finds no reply in %s', (text) => {
    expect(replyIn(text)).toBe('')
  })
})
