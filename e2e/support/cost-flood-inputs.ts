/** Floods of small requests, and bodies that never end. */
import { encodeRequest, MIB, type CostInput, type CostRequest } from './cost-input.ts'

const TAGS: CostRequest = { method: 'GET', target: '/api/tags' }
const CHAT: CostRequest = { method: 'POST', target: '/api/chat' }
const CONNECTIONS = 10
const PIPELINED = 200

export const FLOOD_INPUTS: readonly CostInput[] = [
  flood('requests without a credential', () => encodeRequest(TAGS)),
  flood('requests with a wrong key', () => encodeRequest(TAGS, 'ctl_wrong')),
  flood('requests with a made-up token', () => encodeRequest(TAGS, 'e30.e30.c2ln')),
  flood('requests for unknown long paths', (i) =>
    encodeRequest({ method: 'GET', target: `/${i}/${'x'.repeat(8000)}` }),
  ),
  flood('refused pairing requests', () =>
    encodeRequest({ method: 'POST', target: '/api/pair', body: Buffer.from('{"code":"AAAA-AAAA"}') }),
  ),
  flood('small requests', (_i, key) => encodeRequest(TAGS, key)),
  held('unfinished bodies', 12, 8 * MIB, 64 * 1024),
  { ...held('unfinished bodies, one byte per chunk', 8, 256 * 1024, 1), maxTurnMs: 1_000 },
]

/** Pipelined requests on a few connections that alternate between the owners' keys. */
function flood(name: string, encode: (index: number, key: string) => Buffer): CostInput {
  return {
    name,
    from: 'client',
    fillsTables: true,
    forms: [
      {
        name: `${CONNECTIONS} × ${PIPELINED}`,
        async send(stage) {
          let bytes = 0
          for (let connection = 0; connection < CONNECTIONS; connection++) {
            const key = stage.keys[connection % stage.keys.length] ?? ''
            const requests = Array.from({ length: PIPELINED }, (_, i) => encode(i, key))
            const all = Buffer.concat([...requests.map(keptAlive), encode(0, key)])
            await stage.send(all)
            bytes += all.length
          }
          return { bytes, requests: CONNECTIONS * PIPELINED }
        },
      },
    ],
  }
}

function keptAlive(request: Buffer): Buffer {
  return Buffer.from(request.toString('latin1').replace('connection: close\r\n', ''), 'latin1')
}

/** Chunked bodies that start like JSON and never end. */
function held(name: string, count: number, bodyBytes: number, pieceBytes: number): CostInput {
  const piece = Buffer.from(`${pieceBytes.toString(16)}\r\n${'a'.repeat(pieceBytes)}\r\n`)
  const pieces = Buffer.alloc((bodyBytes / pieceBytes) * piece.length, piece)
  const begin = Buffer.from('b\r\n{"prompt":"\r\n')
  return {
    name,
    from: 'client',
    stays: true,
    forms: [
      {
        name: `${count} × ${bodyBytes / 1024} KiB in pieces of ${pieceBytes}`,
        async send(stage) {
          let bytes = 0
          for (let i = 0; i < count; i++) {
            const headers = { 'transfer-encoding': 'chunked', 'content-type': 'application/json' }
            const head = encodeRequest({ ...CHAT, headers }, stage.keys[i % stage.keys.length])
            const all = Buffer.concat([head, begin, pieces])
            await stage.hold(all)
            bytes += all.length
          }
          return { bytes, requests: count }
        },
      },
    ],
  }
}
