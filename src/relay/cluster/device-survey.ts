import type { IncomingMessage } from 'node:http'
import { headerOf } from '../../shared/headers.ts'
import type { ClientCredential } from '../../front/client-credential.ts'
import type { DeviceAnswer } from '../routing/device-question.ts'
import { listHeadersFor } from '../routing/every-device.ts'
import { parseStatus, toDevices, type RemoteDevices, type RelayStatus } from '../routing/remote-devices.ts'
import { endToEnd } from './hop-fields.ts'
import { HOP_FIELD } from './hop-pass.ts'
import type { ReplicaAnswer, ReplicaQuestion } from './hop-question.ts'
import type { RemoteReplica } from './device-registry.ts'

export interface DeviceSurveyOptions {
  readonly places: readonly RemoteReplica[]
  /** What the client wants. */
  readonly request: IncomingMessage
  readonly credential: ClientCredential
  /** Asks the replica with this URL, in the client's name. */
  readonly ask: (question: ReplicaQuestion, url: string) => Promise<ReplicaAnswer | undefined>
}

/** Which of an owner's devices at other replicas a client's credential opens, as those replicas say. */
export class DeviceSurvey {
  readonly #options: DeviceSurveyOptions
  #result: Promise<RemoteDevices> | undefined

  constructor(options: DeviceSurveyOptions) {
    this.#options = options
  }

  /** Asked once. Never rejects: who does not answer is left out. */
  get result(): Promise<RemoteDevices> {
    return (this.#result ??= this.#ask())
  }

  async #ask(): Promise<RemoteDevices> {
    const { places, ask, credential } = this.#options
    const parts = await Promise.all(
      places.map(async (place) => ({
        place,
        answer: await ask(statusQuestion(place, credential), place.url),
      })),
    )
    const known = parts.flatMap(({ place, answer }) => {
      const status = answer?.status === 200 ? parseStatus(answer.body) : undefined
      return status === undefined ? [] : [{ place, status }]
    })
    const silent = parts.filter(({ answer }) => answer === undefined)
    return {
      ownerId: known[0]?.status.userId,
      isUnknown: parts.every(({ answer }) => answer !== undefined && isKeyUnknown(answer)),
      devices: known.flatMap(({ place, status }) => toDevices(status, place.url)),
      total: sum(known.map(({ status }) => openIn(status))) + sum(silent.map(({ place }) => place.devices)),
      lists: () => this.#lists(known.filter(({ status }) => openIn(status) > 0).map(({ place }) => place)),
    }
  }

  /** The client's own question, to the replicas that have something to say to it. */
  async #lists(places: readonly RemoteReplica[]): Promise<readonly DeviceAnswer[]> {
    const { request, ask } = this.#options
    const headers = listHeadersFor(endToEnd(request.rawHeaders))
    const question = { method: 'GET', target: request.url ?? '', headers }
    const answers = await Promise.all(places.map(({ url }) => ask(question, url)))
    return answers.flatMap((answer) =>
      answer === undefined ? [] : [{ ...answer, devices: countIn(answer) }],
    )
  }
}

function statusQuestion({ url }: RemoteReplica, credential: ClientCredential): ReplicaQuestion {
  const shown =
    credential.kind === 'key' ? credential.key : credential.kind === 'token' ? credential.token : ''
  const headers = ['host', new URL(url).host, 'authorization', `Bearer ${shown}`]
  return { method: 'GET', target: '/api/tunnel/status', headers }
}

/** How many devices the client's credential opens there. */
function openIn({ tunnels }: RelayStatus): number {
  return tunnels.filter(({ accepts }) => accepts).length
}

function isKeyUnknown({ headers }: ReplicaAnswer): boolean {
  return headerOf(headers, HOP_FIELD) === 'KEY_UNKNOWN'
}

/** How many devices a list is of. */
function countIn({ headers }: ReplicaAnswer): number {
  return Number.parseInt(headerOf(headers, 'x-devices') ?? '1', 10) || 0
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
