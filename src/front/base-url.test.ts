import { describe, expect, it } from 'vitest'
import { formatKey } from '../shared/key-format.ts'
import { wrongBaseOf } from './base-url.ts'
import { type ClientRequest, parseClientRequest } from './request-target.ts'

const KEY = formatKey('a'.repeat(20), 'S'.repeat(43))
const parse = (method: string, url: string): ClientRequest =>
  parseClientRequest({ method, url, rawHeaders: [] }, () => true)

describe('a path that reveals a wrong base URL', () => {
  it.each([
    ['POST', '/v1/chat/completions/', '/v1/chat/completions'],
    ['POST', '/v1//chat/completions', '/v1/chat/completions'],
    ['POST', '//v1/chat/completions', '/v1/chat/completions'],
    ['POST', '/v1/v1/chat/completions', '/v1/chat/completions'],
    ['POST', '/v1//v1/messages', '/v1/messages'],
    ['POST', '/v1/v1/messages/', '/v1/messages'],
    ['POST', '/chat/completions', '/v1/chat/completions'],
    ['POST', '//chat/completions', '/v1/chat/completions'],
    ['POST', '/embeddings', '/v1/embeddings'],
    ['POST', '/responses/', '/v1/responses'],
    ['GET', '/models', '/v1/models'],
    ['GET', '/models/', '/v1/models'],
    ['GET', '/models/hf.co%2Fa%2Fb:q4?x=%20', '/v1/models/hf.co%2Fa%2Fb:q4?x=%20'],
    ['POST', '/api/v1/chat/completions', '/v1/chat/completions'],
    ['GET', '/api/v1/models?a=/v1/v1/', '/v1/models?a=/v1/v1/'],
    ['POST', '/v1/api/chat', '/api/chat'],
    ['POST', '/api/api/chat', '/api/chat'],
    ['GET', '/api//tags', '/api/tags'],
    ['GET', '//api/tags', '/api/tags'],
    ['GET', '/api/tags/', '/api/tags'],
    ['GET', '/api/never-heard-of/', '/api/never-heard-of'],
  ])('%s %s is corrected to %s, also after a key and a user', (method, path, target) => {
    for (const prefix of [
      '',
      `/k/${KEY}`,
      `/k/${KEY}/`,
      `//k/${KEY}`,
      '/api/tunnel/alice',
      `/k/${KEY}/api/tunnel/a`,
    ])
      if (!(prefix.endsWith('/') && path.startsWith('//')))
        expect(parse(method, prefix + path)).toMatchObject({ kind: 'upstream', target })
  })

  it.each(['//', `/k/${KEY}//`, '/api/tunnel/alice//'])('treats %s as the root', (url) => {
    expect(parse('GET', url)).toMatchObject({ kind: 'own', name: 'root' })
  })

  it.each(['/api/tunnel/status/', '//api/tunnel/status'])('treats %s as the status', (url) => {
    expect(parse('GET', url)).toMatchObject({ kind: 'own', name: 'tunnelStatus' })
  })
})

describe('a path that others could read differently', () => {
  it.each([
    '/v1///chat/completions',
    '///v1/models',
    '/v1/models//x',
    '/v1/chat//completions',
    '/v1/chat/completions//',
    '/v1//../metrics',
    '/v1/v1/../models',
    '/models/..%2f..%2fmetrics',
    '/models/../metrics',
    '/chat%2fcompletions/..',
    '/v1/%2e%2e/models',
    '/api/api/..',
    '/api//%2e/tags',
    '//metrics',
    `/k/${KEY}//metrics`,
    '//api/pair',
    '/api//pair',
    '/v1/models/a%25',
  ])('%s is still refused', (url) => {
    expect(() => parse('GET', url)).toThrow(expect.objectContaining({ code: 'BAD_PATH' }))
  })

  it.each(['/metrics/', '/v1/metrics', '/api/api/pair', '/v1/api/pair', '/api/pair/', `/k/${KEY}/metrics`])(
    '%s never becomes a path of the operator or of pairing',
    (url) => {
      expect(parse('POST', url).kind).toMatch(/^(?:unknown|upstream)$/)
      expect(parse('POST', url)).not.toHaveProperty('target', '/api/pair')
    },
  )

  it('/api/metrics returns the owner’s metrics, not the operator’s', () => {
    expect(parse('GET', '/api/metrics')).toMatchObject({ kind: 'own', name: 'tunnelMetrics' })
  })
})

it.each([
  ['POST', '/openai/v1/chat/completions', '/openai/v1', '/v1'],
  ['POST', '/api/chat/completions', '/api', '/v1'],
  ['GET', '/v1beta/models', '/v1beta', '/v1'],
  ['POST', '/ollama/api/chat', '/ollama', ''],
  ['GET', '/v1/ollama/api/tags', '/v1/ollama', ''],
] as const)(
  '%s %s reveals that the base URL ends with %s and should end with %j',
  (method, path, ends, instead) => {
    expect(wrongBaseOf(method, path)).toEqual({ ends, instead })
    expect(parse(method, path)).toMatchObject({ kind: 'unknown', wrongBase: { ends, instead } })
  },
)

it.each(['/nowhere', '/v1/threads', '/api/nowhere', '/debug/pprof', '/a/b/c/d/e/f/g/h/i/j/k/v1/models'])(
  '%s reveals nothing about a base URL',
  (path) => {
    expect(wrongBaseOf('GET', path)).toBeUndefined()
  },
)
