import type { OwnerId } from '../../shared/brands.ts'
import { HOP_FIELD, type UpstreamContext } from '../../front/request-context.ts'
import type { ClientCredential } from '../../front/client-credential.ts'
import { headerOf } from '../../shared/headers.ts'
import type { DeviceAnswer } from '../routing/device-question.ts'
import { listHeadersFor } from '../routing/every-device.ts'
import { type RelayStatus, type RemoteDevices, StatusSchema, toDevices } from '../routing/remote-devices.ts'
import { parseAnswers, type RemoteReplica, type ReplicaAnswer } from '../routing/remote-relays.ts'
import { endToEnd } from './hop-fields.ts'
import type { ReplicaQuestion } from './hop-question.ts'

/** Queries the replica with this URL on behalf of the client. */
type Ask = (question: ReplicaQuestion, url: string) => Promise<ReplicaAnswer | undefined>

/**
 * The owner's devices at other replicas that the client's credential is valid for. Never rejects: unresponsive replicas are
 * left out.
 */
export async function surveyDevices(
  context: UpstreamContext,
  places: readonly RemoteReplica[],
  ask: Ask,
): Promise<RemoteDevices> {
  const asked = places.map(async (place) => {
    const answer = await ask(statusQuestion(place, context.credential), place.url)
    const [status] = answer === undefined ? [] : parseAnswers([answer], StatusSchema)
    return { place, answer, status }
  })
  const parts = await Promise.all(asked)
  const known = parts.flatMap(({ place, status }) => (status === undefined ? [] : [{ place, status }]))
  const silent = parts.filter(({ answer }) => answer === undefined)
  const withDevices = known.filter(({ status }) => openIn(status) > 0)
  return {
    ownerId: known[0]?.status.userId as OwnerId | undefined,
    isUnknown: parts.every(({ answer }) => answer !== undefined && isKeyUnknown(answer)),
    devices: known.flatMap(({ place, status }) => toDevices(status, place.url)),
    total: sum(known.map(({ status }) => openIn(status))) + sum(silent.map(({ place }) => place.devices)),
    lists: () => listsOf(context, withDevices, ask),
  }
}

/** Sends the client's list request to the relevant replicas. */
async function listsOf(
  { request }: UpstreamContext,
  parts: readonly { readonly place: RemoteReplica }[],
  ask: Ask,
): Promise<readonly DeviceAnswer[]> {
  const headers = listHeadersFor(endToEnd(request.rawHeaders))
  const question = { method: 'GET', target: request.url ?? '', headers }
  const answers = await Promise.all(parts.map(({ place }) => ask(question, place.url)))
  return answers.flatMap((answer) => (answer === undefined ? [] : [{ ...answer, devices: countIn(answer) }]))
}

function statusQuestion({ url }: RemoteReplica, credential: ClientCredential): ReplicaQuestion {
  const shown =
    credential.kind === 'key' ? credential.key : credential.kind === 'token' ? credential.token : ''
  const headers = ['host', new URL(url).host, 'authorization', `Bearer ${shown}`]
  return { method: 'GET', target: '/api/tunnel/status', headers }
}

/** Number of devices there that the credential is valid for. */
function openIn({ tunnels }: RelayStatus): number {
  return tunnels.filter(({ accepts }) => accepts).length
}

function isKeyUnknown({ headers }: ReplicaAnswer): boolean {
  return headerOf(headers, HOP_FIELD) === 'KEY_UNKNOWN'
}

/** Number of devices that a list covers. */
function countIn({ headers }: ReplicaAnswer): number {
  return Number.parseInt(headerOf(headers, 'x-devices') ?? '1', 10) || 0
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
