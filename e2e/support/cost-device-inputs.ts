/** Input from a device with a valid credential. */
import { encodeFrame, FRAME } from '../../src/tunnel/frame.ts'
import {
  encodeRequest,
  FILLERS,
  filled,
  filledJson,
  IDLE_FRAMES,
  messagesOf,
  type CostInput,
  type Sent,
} from './cost-input.ts'
import type { CostStage } from './cost-stage.ts'
import { json, type HostileDevice } from './hostile-device.ts'

const TEXT_BYTES = 12 * 1024
/** Above 64 KiB, the relay would close the carrier before reading the message. */
const MESSAGE_BYTES = 50_000
const FRAMES = 50_000
/** The upgrade and the handshake together count as one request. */
const CONNECTION = 1

export const DEVICE_INPUTS: readonly CostInput[] = [
  ...['deviceName', 'agent', 'instance', 'deviceId'].map((name) => ({
    name: `"${name}" in a HELLO`,
    from: 'device' as const,
    forms: FILLERS.map((filler) => ({
      name: JSON.stringify(filler),
      send: async (stage: CostStage) => {
        const device = await stage.connectDevice()
        const sent = await say(device, [device.hello({ [name]: filled(filler, TEXT_BYTES) })])
        device.destroy()
        return { ...sent, requests: sent.requests + CONNECTION }
      },
    })),
  })),
  ...['models', 'loaded', 'keyDigests'].map((name) => ({
    name: `"${name}" in an announcement`,
    from: 'device' as const,
    forms: FILLERS.map((filler) => ({
      name: JSON.stringify(filler),
      send: (stage: CostStage) =>
        withDevice(stage, (device) => [device.announcement({ [name]: [filled(filler, 200_000)] })]),
    })),
  })),
  {
    name: 'repeated announcements',
    from: 'device' as const,
    forms: [
      {
        name: 'lists of 200 KiB',
        send: (stage) =>
          withDevice(stage, (device) => Array.from({ length: 100 }, (_, i) => longList(device, i))),
      },
      {
        name: 'empty lists',
        send: (stage) =>
          withDevice(stage, (device) => Array.from({ length: 20_000 }, () => device.announcement())),
      },
    ],
  },
  {
    name: 'no-op frames',
    from: 'device' as const,
    forms: [
      ...Object.entries(IDLE_FRAMES).map(([name, frame]) => many(name, frame)),
      many('credentials', () => encodeFrame(FRAME.AUTH, 0, Buffer.from('e30.e30.c2ln'))),
    ],
  },
  ...(['head', 'shape', 'message'] as const).map((kind) => ({
    name: `answers that consist of one ${kind}`,
    from: 'device' as const,
    forms: FILLERS.map((filler) => ({
      name: JSON.stringify(filler),
      send: (stage: CostStage) => answered(stage, (streamId) => [messageOf(kind, filler, streamId)]),
    })),
  })),
  {
    name: 'answers, one byte per frame',
    from: 'device' as const,
    forms: [
      {
        name: 'NDJSON',
        send: (stage) => answered(stage, (streamId) => bodyInBytes('application/x-ndjson', streamId)),
      },
      {
        name: 'SSE',
        send: (stage) => answered(stage, (streamId) => bodyInBytes('text/event-stream', streamId)),
      },
      {
        name: 'JSON',
        send: (stage) => answered(stage, (streamId) => bodyInBytes('application/json', streamId)),
      },
    ],
  },
  {
    name: 'repeated messages in one answer',
    from: 'device' as const,
    forms: [
      {
        name: 'accept',
        send: (stage) =>
          answered(stage, (streamId) =>
            Array.from({ length: FRAMES }, () => json(FRAME.MESSAGE, { type: 'accept' }, streamId)),
          ),
      },
    ],
  },
]

function longList(device: HostileDevice, round: number): Buffer {
  return device.announcement({ models: Array.from({ length: 9_000 }, (_, i) => `model-${round}-${i}:q4_k`) })
}

function many(name: string, frame: () => Buffer): CostInput['forms'][number] {
  return {
    name,
    send: (stage) => withDevice(stage, () => Array.from({ length: FRAMES }, frame)),
  }
}

function messageOf(kind: 'head' | 'shape' | 'message', filler: string, streamId: number): Buffer {
  const text = filledJson(filler, MESSAGE_BYTES)
  if (kind === 'head')
    return json(
      FRAME.MESSAGE,
      { type: 'head', status: 200, headers: ['content-type', text, text.slice(0, 99), 'a'] },
      streamId,
    )
  return json(FRAME.MESSAGE, { type: kind, shape: text }, streamId)
}

/** A body of one-byte frames that fits into a stream's initial window. */
function bodyInBytes(type: string, streamId: number): Buffer[] {
  const head = json(FRAME.MESSAGE, { type: 'head', status: 200, headers: ['content-type', type] }, streamId)
  return [
    head,
    ...Array.from({ length: FRAMES }, (_, i) =>
      encodeFrame(FRAME.DATA, streamId, Buffer.from([i % 9 ? 97 : 10])),
    ),
  ]
}

async function withDevice(stage: CostStage, frames: (device: HostileDevice) => Buffer[]): Promise<Sent> {
  const device = await stage.onlineDevice()
  const sent = await say(device, frames(device))
  device.destroy()
  return { ...sent, requests: sent.requests + CONNECTION }
}

/** A client's request to the device, answered with these frames. */
async function answered(stage: CostStage, frames: (streamId: number) => Buffer[]): Promise<Sent> {
  const device = await stage.onlineDevice()
  const sent = new Promise<Sent>((resolve, reject) => {
    device.onFrame = ({ type, streamId }) => {
      if (type === FRAME.OPEN)
        say(device, [...frames(streamId), encodeFrame(FRAME.END, streamId)]).then(resolve, reject)
    }
  })
  await stage.send(
    encodeRequest({ method: 'POST', target: '/api/show', body: Buffer.from('{}') }, device.key),
  )
  const { bytes, requests } = await sent
  device.destroy()
  return { bytes, requests: requests + CONNECTION + 1 }
}

/** Resolves once the relay has handled all frames or closed the connection. */
async function say(device: HostileDevice, frames: readonly Buffer[]): Promise<Sent> {
  let bytes = 0
  for (const message of messagesOf(frames)) {
    device.webSocket.send(message)
    bytes += message.length
  }
  const handled = new Promise((resolve) => device.webSocket.once('pong', resolve))
  device.webSocket.ping()
  await Promise.race([handled, device.closed])
  return { bytes, requests: Math.ceil(frames.length / 1000) }
}
