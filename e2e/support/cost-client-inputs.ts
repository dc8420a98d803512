/** Input from clients: a row for each field and each form of a body. */
import {
  encodeRequest,
  FILLERS,
  filled,
  inOneLine,
  MIB,
  type CostInput,
  type CostRequest,
  type Sent,
} from './cost-input.ts'
import type { CostStage } from './cost-stage.ts'

const KIB = 1024
/** Just below the relay's limit of header fields. */
const HEAD_BYTES = 30_000
const TEXT_BYTES = 256 * KIB
const BODY_BYTES = 2 * MIB

/** A string that is validated somewhere. A new one only needs a row here. */
interface TextField {
  readonly name: string
  readonly bytes: number
  readonly request: (text: string) => CostRequest
}

const inPath = (name: string, target: (text: string) => string, method = 'GET'): TextField => ({
  name,
  bytes: HEAD_BYTES,
  request: (text) => ({ method, target: target(encodePath(text)) }),
})

const inHeader = (name: string, prefix = ''): TextField => ({
  name: `field ${name}`,
  bytes: HEAD_BYTES,
  request: (text) => ({
    method: 'POST',
    target: '/v1/chat/completions',
    headers: { [name]: prefix + inOneLine(text, HEAD_BYTES) },
    body: Buffer.from('{"model":"fake"}'),
  }),
})

const inBody = (key: string, target = '/api/chat', method = 'POST'): TextField => ({
  name: `"${key}" of ${target}`,
  bytes: TEXT_BYTES,
  request: (text) => ({
    method,
    target,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ model: 'fake', prompt: 'hi', [key]: text })),
  }),
})

const TEXT_FIELDS: readonly TextField[] = [
  inPath('unknown path', (text) => `/${text}`),
  inPath('path below /api', (text) => `/api/${text}`),
  inPath('model in the path', (text) => `/v1/models/${text}`),
  inPath('digest in the path', (text) => `/api/blobs/${text}`, 'HEAD'),
  inPath('name of a key at ollama.com', (text) => `/api/user/keys/${text}`, 'DELETE'),
  inPath('query', (text) => `/api/tags?${text}`),
  inPath('name of a kept answer', (text) => `/v1/stream/${text}`),
  inPath('query of a kept answer', (text) => `/v1/stream?from=0&conv_id=${text}`),
  inPath('byte of a kept answer', (text) => `/v1/stream/k?from=${text}`),
  inPath('id of a job', (text) => `/api/jobs/${text}/result`),
  inPath('query of the list of jobs', (text) => `/api/jobs?state=${text}&after=${text.slice(0, 9)}`),
  inPath('user in the path', (text) => `/api/tunnel/${text}/api/tags`),
  inPath('user of a health query', (text) => `/api/tunnel/health/${text}`),
  inPath('key in the path', (text) => `/k/${text}/api/tags`),
  inHeader('x-device'),
  inHeader('x-api-key'),
  inHeader('authorization', 'Bearer '),
  inHeader('authorization', 'Basic '),
  inHeader('content-type'),
  inHeader('content-type', 'multipart/form-data; boundary='),
  inHeader('content-encoding'),
  inHeader('accept'),
  inHeader('accept-encoding'),
  inHeader('cookie'),
  inHeader('connection', 'close, '),
  inHeader('origin'),
  inHeader('access-control-request-headers'),
  inHeader('x-forwarded-for'),
  inHeader('forwarded'),
  inHeader('x-request-id'),
  inHeader('idempotency-key'),
  inHeader('x-conversation-id'),
  inHeader('last-event-id'),
  inHeader('anthropic-version'),
  inHeader('x-anything'),
  {
    name: 'name of a field',
    bytes: HEAD_BYTES,
    request: (text) => ({
      method: 'GET',
      target: '/api/tags',
      headers: { [`x-${text.replaceAll(/[^\w-]/g, 'x')}`]: 'a' },
    }),
  },
  {
    name: 'many fields',
    bytes: HEAD_BYTES,
    request: (text) => {
      const value = inOneLine(text.slice(0, 8), 8)
      const fields = Array.from({ length: 1500 }, (_, i) => [`x-${i}`, value])
      return { method: 'GET', target: '/api/tags', headers: Object.fromEntries(fields) }
    },
  },
  inBody('model'),
  inBody('model', '/v1/chat/completions'),
  inBody('model', '/v1/messages'),
  inBody('model', '/v1/responses'),
  inBody('name', '/api/show'),
  inBody('name', '/api/pull'),
  inBody('name', '/api/delete', 'DELETE'),
  inBody('from', '/api/create'),
  inBody('source', '/api/copy'),
  inBody('destination', '/api/copy'),
  inBody('keep_alive'),
  inBody('keep_alive', '/api/generate'),
  inBody('stream'),
  inBody('remote_host', '/api/create'),
  inBody('prompt', '/api/generate'),
  inBody('anything'),
  inBody('conversation_ids', '/v1/streams/lookup'),
  {
    name: '"path" of a job',
    bytes: TEXT_BYTES,
    request: (text) => ({
      method: 'POST',
      target: '/api/jobs',
      body: Buffer.from(JSON.stringify({ type: 'request', path: text, body: { model: text } })),
    }),
  },
  {
    name: '"model" of a download',
    bytes: TEXT_BYTES,
    request: (text) => ({
      method: 'POST',
      target: '/api/jobs',
      body: Buffer.from(JSON.stringify({ type: 'pull', model: text })),
    }),
  },
  {
    name: 'a key of a body',
    bytes: TEXT_BYTES,
    request: (text) => ({
      method: 'POST',
      target: '/api/chat',
      body: Buffer.from(JSON.stringify({ model: 'fake', [text]: 1 })),
    }),
  },
  {
    name: 'model in a form',
    bytes: TEXT_BYTES,
    request: (text) => ({
      method: 'POST',
      target: '/v1/audio/transcriptions',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: Buffer.from(`--b\r\nContent-Disposition: form-data; name="model"\r\n\r\n${text}\r\n--b--\r\n`),
    }),
  },
  {
    name: 'pairing code',
    bytes: 2 * KIB,
    request: (text) => ({
      method: 'POST',
      target: '/api/pair',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ code: text, deviceName: text })),
    }),
  },
]

/** JSON that is expensive to parse. */
const BODIES: Readonly<Record<string, (bytes: number) => string>> = {
  'open arrays': (bytes) => `{"model":"fake","a":${'['.repeat(bytes)}`,
  'open objects': (bytes) => `{"model":"fake","a":${filled('{"a":', bytes)}`,
  'repeated nested values': (bytes) =>
    `{"model":"fake","a":[${filled(`${'['.repeat(99)}${']'.repeat(99)},`, bytes)}0]}`,
  'empty objects': (bytes) => `{"model":"fake","a":[${filled('{},', bytes)}0]}`,
  'empty strings': (bytes) => `{"model":"fake","a":[${filled('"",', bytes)}0]}`,
  'small numbers': (bytes) => `{"model":"fake","a":[${filled('0,', bytes)}0]}`,
  'one long number': (bytes) => `{"model":"fake","a":${'9'.repeat(bytes)}}`,
  'long exponents': (bytes) => `{"model":"fake","a":[${filled('1e-000000000000000000001,', bytes)}0]}`,
  'many keys': (bytes) => `{"model":"fake"${manyKeys(bytes, (i) => `k${i}`)}}`,
  'many keys that a parser folds': (bytes) => `{"model":"fake"${manyKeys(bytes, (i) => `\u212a${i}`)}}`,
  'many numeric keys': (bytes) => `{"model":"fake"${manyKeys(bytes, (i) => String(i))}}`,
  'many keys with escapes': (bytes) => `{"model":"fake"${manyKeys(bytes, (i) => `\\u006b${i}`)}}`,
  'one repeated key': (bytes) => `{"model":"fake"${manyKeys(bytes, () => 'k')}}`,
  'a repeated model': (bytes) => `{"model":"fake"${manyKeys(bytes, () => 'model')}}`,
  'many nested keys': (bytes) => `{"model":"fake","a":{"b":0${manyKeys(bytes, (i) => `k${i}`)}}}`,
  backslashes: (bytes) => `{"model":"fake","a":"${filled('\\\\', bytes)}"}`,
  'quotes with a backslash': (bytes) => `{"model":"fake","a":"${filled('\\"', bytes)}"}`,
  'escaped letters': (bytes) => `{"model":"fake","a":"${filled('\\u0061', bytes)}"}`,
  'lone surrogates': (bytes) => `{"model":"fake","a":"${filled('\\ud800', bytes)}"}`,
  'a model of escapes': (bytes) => `{"model":"${filled('\\u0061', bytes)}"}`,
  'an unterminated string': (bytes) => `{"model":"fake","a":"${'a'.repeat(bytes)}`,
  'white space': (bytes) => `{"model":"fake",${' '.repeat(bytes)}"a":1}`,
  'leading white space': (bytes) => `${' '.repeat(bytes)}{"model":"fake"}`,
  'the model after a long prompt': (bytes) => `{"prompt":"${'a'.repeat(bytes)}","model":"fake"}`,
  'not JSON': (bytes) => 'x'.repeat(bytes),
  'text after the object': (bytes) => `{"model":"fake"}${'x'.repeat(bytes)}`,
}

export const CLIENT_INPUTS: readonly CostInput[] = [
  ...TEXT_FIELDS.map(({ name, bytes, request }) => ({
    name,
    from: 'client' as const,
    forms: FILLERS.map((filler) => ({
      name: JSON.stringify(filler),
      send: (stage: CostStage) => sendToAll(stage, request(filled(filler, bytes))),
    })),
  })),
  ...['/api/chat', '/v1/chat/completions'].map((target) => ({
    name: `body of ${target}`,
    from: 'client' as const,
    forms: Object.entries(BODIES).map(([name, body]) => ({
      name,
      send: (stage: CostStage) =>
        sendToAll(stage, { method: 'POST', target, body: Buffer.from(body(BODY_BYTES)) }),
    })),
  })),
]

/** The request, for each of the owners. */
async function sendToAll(stage: CostStage, request: CostRequest): Promise<Sent> {
  let bytes = 0
  for (const key of stage.keys) {
    const encoded = encodeRequest(request, key)
    await stage.send(encoded)
    bytes += encoded.length
  }
  return { bytes, requests: stage.keys.length }
}

function manyKeys(bytes: number, key: (index: number) => string): string {
  const entries: string[] = []
  for (let i = 0, length = 0; length < bytes; i++) {
    const entry = `,"${key(i)}":0`
    entries.push(entry)
    length += entry.length
  }
  return entries.join('')
}

/** Encodes only the characters that would end the path. */
function encodePath(text: string): string {
  return text
    .replaceAll(/[^!-~]/gu, (character) =>
      character.isWellFormed() ? encodeURIComponent(character) : '%EF%BF%BD',
    )
    .replaceAll('#', '%23')
    .slice(0, HEAD_BYTES)
}
