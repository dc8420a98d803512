import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { readAll } from '../../shared/byte-queue.ts'

const decoder = new TextDecoder()
const MAX_BYTES = 4 * 1024 * 1024

// Agents of our own: node's global ones go through HTTP_PROXY under NODE_USE_ENV_PROXY.
const httpAgent = new HttpAgent()
const httpsAgent = new HttpsAgent()

/** GETs a small JSON document directly. `undefined` for anything but a 200 with JSON of at most 4 MiB in time. */
export async function getJson(url: string, timeoutMs: number): Promise<unknown> {
  try {
    const response = await open(url, AbortSignal.timeout(timeoutMs))
    if (response.statusCode === 200) return JSON.parse(decoder.decode(await readAll(response, MAX_BYTES)))
    response.destroy()
  } catch {
    // Refused, reset, too slow, too large, not JSON: all mean that what was asked for is not there.
  }
  return undefined
}

function open(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  const isTls = url.startsWith('https:')
  const options = { agent: isTls ? httpsAgent : httpAgent, signal }
  return new Promise((resolve, reject) => {
    const request = (isTls ? httpsRequest : httpRequest)(url, options, resolve)
    request.on('error', reject)
    request.end()
  })
}
