/** Input from a relay to a bridge that has connected to it. */
import { encodeFrame, encodeReset, FRAME } from '../../src/tunnel/frame.ts'
import {
  FILLERS,
  filledJson,
  IDLE_FRAMES,
  inOneLine,
  messagesOf,
  type CostInput,
  type Sent,
} from './cost-input.ts'
import type { CostStage } from './cost-stage.ts'
import { json } from './hostile-device.ts'
import { digestOf } from '../../src/tunnel/digest.ts'

/** With a head above 64 KiB, the bridge would close the carrier before reading it. */
const TEXT_BYTES = 50_000
const FRAMES = 50_000
const REQUESTS = 2_000
/** A single request costs so little that other work of the bridge would show. */
const SAME = 4

/** Fields of a request head, each with a function that puts a text into it. */
const HEAD_FIELDS: Readonly<Record<string, (text: string) => object>> = {
  method: (text) => ({ method: text }),
  target: (text) => ({
    target: `/v1/models/${encodeURIComponent(text.toWellFormed())}`.slice(0, TEXT_BYTES),
  }),
  'header field value': (text) => ({ headers: ['x-a', inOneLine(text, TEXT_BYTES / 2)] }),
  'content-length': (text) => ({ headers: ['content-length', text], hasBody: true }),
  'content-type': (text) => ({ headers: ['content-type', text], hasBody: true }),
  'many header fields': (text) => ({ headers: Array.from({ length: 4_000 }, () => text.slice(0, 2)) }),
  requestId: (text) => ({ requestId: text }),
  digest: (text) => ({ principal: { kind: 'key', digest: text } }),
  subject: (text) => ({ principal: { kind: 'owner', subject: text } }),
  'device name': (text) => ({
    device: { id: 'd', name: text },
    target: `/v1/models/a@${'b'.repeat(400)}`,
  }),
}

export const RELAY_INPUTS: readonly CostInput[] = [
  ...Object.entries(HEAD_FIELDS).map(([name, head]) => ({
    name: `${name} in a request from a relay`,
    from: 'relay' as const,
    forms: FILLERS.map((filler) => ({
      name: JSON.stringify(filler),
      send: (stage: CostStage) =>
        say(
          stage,
          Array.from({ length: SAME }, () => [
            open(stage, head(filledJson(filler, TEXT_BYTES))),
            ...reset(stage.fakeRelay.streamId),
          ]).flat(),
          SAME,
        ),
    })),
  })),
  {
    name: 'no-op frames from a relay',
    from: 'relay',
    forms: Object.entries(IDLE_FRAMES).map(([name, frame]) => many(name, frame)),
  },
  {
    name: 'repeated requests from a relay',
    fillsTables: true,
    from: 'relay',
    forms: [
      {
        name: 'without a body',
        send: (stage) =>
          say(
            stage,
            Array.from({ length: REQUESTS }, () => Buffer.concat([open(stage, {}), end(stage)])),
            REQUESTS,
          ),
      },
    ],
  },
  {
    name: 'a body from a relay, one byte per frame',
    from: 'relay',
    stays: true,
    forms: [
      {
        name: `${FRAMES} frames, twice`,
        send: (stage) =>
          say(
            stage,
            [0, 1].flatMap(() => {
              const head = open(stage, { method: 'POST', target: '/api/chat', hasBody: true })
              const byte = encodeFrame(FRAME.DATA, stage.fakeRelay.streamId, Buffer.from('{'))
              return [head, ...Array.from({ length: FRAMES }, () => byte)]
            }),
          ),
      },
    ],
  },
]

function open(stage: CostStage, head: object): Buffer {
  const digest = digestOf(stage.keyAtFakeRelay)
  const request = {
    method: 'GET',
    target: '/api/version',
    headers: [],
    principal: { kind: 'key', digest },
    requestId: 'r',
    hasBody: false,
    ...head,
  }
  return json(FRAME.OPEN, request, stage.fakeRelay.nextStreamId())
}

function end(stage: CostStage): Buffer {
  return encodeFrame(FRAME.END, stage.fakeRelay.streamId)
}

function reset(streamId: number): Buffer[] {
  return [encodeReset(streamId, 1, '')]
}

function many(name: string, frame: () => Buffer): CostInput['forms'][number] {
  return { name, send: (stage) => say(stage, Array.from({ length: FRAMES }, frame)) }
}

/** Resolves once the bridge has handled all frames, or has closed the connection and reconnected. */
async function say(
  stage: CostStage,
  frames: readonly Buffer[],
  requests = Math.ceil(frames.length / 1000),
): Promise<Sent> {
  const messages = Array.from(messagesOf(frames))
  await stage.fakeRelay.say(messages)
  return { bytes: messages.reduce((sum, { length }) => sum + length, 0), requests }
}
