/** Many devices in one process: the peers of the tunnels whose cost at the relay is measured. */
import { dialRelay } from '../src/bridge/dial/relay-dialer.ts'
import { AppError } from '../src/shared/errors.ts'
import { encodeMessage } from '../src/shared/proxy-head.ts'
import type { Carrier } from '../src/tunnel/carrier.ts'
import { greet, PROTOCOL_VERSIONS } from '../src/tunnel/handshake.ts'
import { DEFAULT_LIMITS } from '../src/tunnel/limits.ts'
import { Link } from '../src/tunnel/link.ts'
import { Session } from '../src/tunnel/session.ts'
import type { TunnelStream } from '../src/tunnel/stream.ts'
import { systemClock } from '../src/tunnel/system-clock.ts'
import { serve } from './child.ts'

const TOKEN_MS = 50
const TOKEN = Buffer.from(`{"message":{"role":"assistant","content":"token"},"done":false}\n`)
const ANNOUNCEMENT = JSON.stringify({
  keyDigests: ['x'.repeat(43)],
  upstreamKind: 'ollama',
  models: ['bench'],
})

interface Fleet {
  readonly port: number
  readonly credentials: readonly string[]
  readonly atOnce: number
}

const carriers = new Set<Carrier>()
let hellos = 0

async function connect({ port, credentials, atOnce }: Fleet): Promise<void> {
  const waiting = [...credentials]
  const dialUntilEmpty = async (): Promise<void> => {
    for (let credential = waiting.pop(); credential !== undefined; credential = waiting.pop())
      await dial(port, credential)
  }
  await Promise.all(Array.from({ length: atOnce }, dialUntilEmpty))
}

async function dial(port: number, credential: string): Promise<void> {
  const { carrier } = await dialRelay({
    url: `ws://127.0.0.1:${port}/ws/tunnel`,
    credential,
    agent: undefined,
    maxMessageBytes: 2 * DEFAULT_LIMITS.maxFrameBytes,
    signal: new AbortController().signal,
  })
  carriers.add(carrier)
  const link = new Link(carrier, DEFAULT_LIMITS)
  const hello = {
    protocols: PROTOCOL_VERSIONS,
    agent: 'bench',
    deviceId: 'bench',
    deviceName: 'bench',
    instance: 'bench',
    attempt: ++hellos,
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const welcomed = (): void => {
    const session = createSession(resolve)
    session.attach(link, 0)
    session.announce(ANNOUNCEMENT)
  }
  greet(link, hello, systemClock, DEFAULT_LIMITS, welcomed, (code, reason) =>
    reject(new AppError('RELAY_REFUSED', `${code} ${reason}`)),
  )
  await promise
}

/** @param onAnswer called when the relay has answered our first PING, so everything sent before has arrived */
function createSession(onAnswer: () => void): Session {
  return new Session({
    role: 'acceptor',
    clock: systemClock,
    limits: DEFAULT_LIMITS,
    handlers: {
      opened: talk,
      announced: () => {},
      credential: () => {},
      goaway: () => {},
      detached: () => {},
      lost: () => {},
      idle: () => {},
      measured: onAnswer,
    },
  })
}

/** Sends tokens until the peer closes. */
function talk(stream: TunnelStream): void {
  const timer = setInterval(() => stream.write(TOKEN), TOKEN_MS)
  stream.attach({
    message() {},
    data: (chunk) => stream.release(chunk.length),
    end() {},
    reset: () => clearInterval(timer),
    drain() {},
  })
  stream.message(encodeMessage({ type: 'accept' }))
  const headers = ['Content-Type', 'application/x-ndjson']
  stream.message(encodeMessage({ type: 'head', status: 200, headers }))
}

function cut(): void {
  for (const carrier of carriers) carrier.destroy()
  carriers.clear()
}

serve({ connect, cut })
