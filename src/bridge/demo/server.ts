import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../shared/clock.ts'
import { messages } from './anthropic-dialect.ts'
import { DemoExchange } from './demo-exchange.ts'
import { DEMO_VERSION, isDemoModel } from './model.ts'
import * as ollama from './ollama-dialect.ts'
import * as openai from './openai-dialect.ts'

type Answer = (exchange: DemoExchange) => void | Promise<void>

const READS: Readonly<Record<string, Answer>> = {
  '/': (exchange) => exchange.text('Ollama is running'),
  '/api/version': (exchange) => exchange.json({ version: DEMO_VERSION }),
  '/api/tags': ollama.tags,
  '/api/ps': ollama.ps,
  '/v1/models': openai.models,
}

/** Their request bodies all name a model. */
const POSTS: Readonly<Record<string, Answer>> = {
  '/api/show': ollama.show,
  '/api/chat': ollama.chat,
  '/api/generate': ollama.generate,
  '/api/embed': ollama.embed,
  '/api/embeddings': ollama.embeddings,
  '/v1/chat/completions': openai.chatCompletions,
  '/v1/completions': openai.completions,
  '/v1/embeddings': openai.embeddings,
  '/v1/messages': messages,
}

const MODEL_PREFIX = '/v1/models/'

export interface DemoUpstreamOptions {
  readonly host?: string
  /** 0 means any free port. */
  readonly port?: number
  readonly clock: Clock
}

export interface DemoUpstream {
  readonly origin: string
  /** Also ends responses in progress. */
  close(): Promise<void>
}

/** Starts the demo model. Rejects with Node's error if the port is in use. */
export async function startDemoUpstream(options: DemoUpstreamOptions): Promise<DemoUpstream> {
  const { host = '127.0.0.1', port = 0, clock } = options
  const server = createServer((request, response) => void serve(new DemoExchange(request, response, clock)))
  server.listen(port, host)
  await once(server, 'listening')
  return {
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function serve(exchange: DemoExchange): Promise<void> {
  try {
    await (exchange.method === 'POST' ? answerPost(exchange) : answerRead(exchange))
  } catch {
    // The client disconnected or sent something unexpected.
    exchange.breakOff()
  }
}

async function answerRead(exchange: DemoExchange): Promise<void> {
  const { method, path } = exchange
  const answer = method === 'GET' || method === 'HEAD' ? READS[path] : undefined
  if (answer !== undefined) return answer(exchange)
  if (method === 'GET' && path.startsWith(MODEL_PREFIX))
    return openai.model(exchange, path.slice(MODEL_PREFIX.length))
  exchange.fail(404, '404 page not found')
}

async function answerPost(exchange: DemoExchange): Promise<void> {
  const answer = POSTS[exchange.path]
  if (answer === undefined) return exchange.fail(404, '404 page not found')
  if (!(await exchange.readBody())) return
  // Old clients of /api/show send `name`.
  const name = exchange.body['model'] ?? exchange.body['name']
  if (typeof name !== 'string' || name === '') return exchange.fail(400, 'model is required')
  if (!isDemoModel(name)) return exchange.fail(404, `model '${name}' not found`)
  if (exchange.loadMs > 0) await exchange.pause(exchange.loadMs)
  await answer(exchange)
}
