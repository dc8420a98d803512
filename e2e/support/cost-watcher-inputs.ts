/** Messages of clients that watch jobs. */
import { encodeRequest, filledJson, FILLERS, type CostInput, type Sent } from './cost-input.ts'
import type { CostStage } from './cost-stage.ts'

/** Below the limit of a message, with its other members. */
const TEXT_BYTES = 15_000
const MESSAGES = 100
/** Approximate size of the requests and messages on the wire. */
const JOB_BYTES = 300
const SUBSCRIPTION_BYTES = 60
const CONNECTIONS = 20
/** Below the limits of a key. */
const WATCHED = { jobs: 64, perConnection: 32 }
/** Creating a job takes transactions on the disk. */
const MAX_MS_PER_JOB = 10
/** A watched job costs two requests within the relay, and one stream of the tunnel. */
const MAX_HELD_PER_WATCHED = 40 * 1024

export const WATCHER_INPUTS: readonly CostInput[] = [
  text('job_id of a watcher', (value) => ({ type: 'subscribe', job_id: value })),
  text('type of a watcher’s message', (value) => ({ type: value })),
  text('token of a watcher', (value) => ({ type: 'auth', token: value }), false),
  flood('pings of watchers', () => ({ type: 'ping' })),
  flood('subscriptions to jobs', (i) => ({ type: 'subscribe', job_id: `job_${i}` })),
  {
    name: 'creation of jobs',
    from: 'client',
    fillsTables: true,
    maxMsPerRequest: MAX_MS_PER_JOB,
    forms: [{ name: `${WATCHED.jobs}`, send: createJobs }],
  },
  {
    name: 'subscriptions to jobs that are served',
    from: 'client',
    fillsTables: true,
    forms: [
      {
        name: `${WATCHED.jobs}, closed`,
        async send(stage) {
          const sent = await watchAll(stage)
          stage.release()
          return sent
        },
      },
    ],
  },
  {
    name: 'watched jobs',
    from: 'client',
    stays: true,
    maxHeldPerRequest: MAX_HELD_PER_WATCHED,
    forms: [{ name: `${WATCHED.jobs}`, send: watchAll }],
  },
  flood('repeated subscriptions to a job', (i) => ({
    type: i % 2 === 0 ? 'subscribe' : 'unsubscribe',
    job_id: 'job_1',
  })),
]

async function createJobs(stage: CostStage): Promise<Sent> {
  await stage.createJobs(WATCHED.jobs)
  return { bytes: WATCHED.jobs * JOB_BYTES, requests: WATCHED.jobs }
}

/** Watches every job at its device. */
async function watchAll(stage: CostStage): Promise<Sent> {
  if (stage.jobIds.length === 0) await createJobs(stage)
  const ids = stage.jobIds.slice(0, WATCHED.jobs)
  for (let at = 0; at < ids.length; at += WATCHED.perConnection)
    await stage.watch(ids.slice(at, at + WATCHED.perConnection))
  return { bytes: ids.length * SUBSCRIPTION_BYTES, requests: ids.length }
}

/** Two messages, since the third unreadable one would close the connection. */
function text(name: string, message: (value: string) => object, isKnown = true): CostInput {
  return {
    name,
    from: 'client',
    fillsTables: true,
    forms: FILLERS.map((filler) => ({
      name: JSON.stringify(filler),
      send: (stage) => {
        const one = message(filledJson(filler, TEXT_BYTES))
        return say(stage, [one, one], isKnown)
      },
    })),
  }
}

function flood(name: string, message: (index: number) => object): CostInput {
  return {
    name,
    from: 'client',
    fillsTables: true,
    forms: [
      {
        name: `${CONNECTIONS} × ${MESSAGES}`,
        async send(stage) {
          let bytes = 0
          const messages = Array.from({ length: MESSAGES }, (_, i) => message(i))
          for (let i = 0; i < CONNECTIONS; i++) bytes += (await say(stage, messages, true)).bytes
          return { bytes, requests: CONNECTIONS * MESSAGES }
        },
      },
    ],
  }
}

/** On a connection of its own, which is then closed. @param isKnown the upgrade has a valid key */
async function say(stage: CostStage, messages: readonly object[], isKnown: boolean): Promise<Sent> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  }
  const upgrade = encodeRequest(
    { method: 'GET', target: '/ws/jobs', headers },
    isKnown ? stage.keys[0] : undefined,
  )
  const frames = messages.map((message) => frameOf(0x81, Buffer.from(JSON.stringify(message))))
  const all = Buffer.concat([upgrade, ...frames, frameOf(0x88, Buffer.alloc(0))])
  await stage.send(all)
  return { bytes: all.length, requests: messages.length + 1 }
}

/** A masked frame, by a mask of zeros. @param kind FIN and opcode */
function frameOf(kind: number, payload: Buffer): Buffer {
  const head = Buffer.from([kind, 0x80 | 126, payload.length >> 8, payload.length & 255, 0, 0, 0, 0])
  if (payload.length < 126)
    return Buffer.concat([Buffer.from([kind, 0x80 | payload.length, 0, 0, 0, 0]), payload])
  return Buffer.concat([head, payload])
}
