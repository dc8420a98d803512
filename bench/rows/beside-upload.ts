import { SeparateProcess } from '../../e2e/support/separate-process.ts'
import { preciseNow } from '../child.ts'
import { extname } from 'node:path'
import { quantile } from '../figures.ts'
import { ownRow, type Row } from '../row.ts'
import { startBridge, type Stage } from '../stage.ts'

const STREAMS = 10
const MAX_LATER_MS = 10

/** How much later tokens arrive through the tunnel than directly, while it carries an upload of a gigabyte at a gigabit per second. */
export async function besideUploadRow({ relay, relayPort }: Stage): Promise<Row> {
  const entry = `../../e2e/support/uploading-upstream-process${extname(import.meta.url)}`
  const upstream = new SeparateProcess(new URL(entry, import.meta.url).href)
  const { origin } = await upstream.lines.json<{ origin: string }>()
  const bridge = await startBridge(relay, 'uploading', relayPort, Number(new URL(origin).port))
  const url = `http://127.0.0.1:${relayPort}/k/${bridge.key}`
  const direct = delaysOf(`${origin}/v1/completions`)
  const tunnelled = delaysOf(`${url}/v1/completions`)
  upstream.tell(`${url}/api/blobs/sha256:any`)
  const { status } = await upstream.lines.json<{ status: number }>(() => true, 120_000)
  if (status !== 201) throw new Error(`the upload got ${status}`)
  const laterMs = quantile(await tunnelled, 0.99) - quantile(await direct, 0.99)
  await bridge.close()
  await upstream.close()
  return ownRow(
    'p99 of tokens beside the upload of a gigabyte, later than direct',
    'ms',
    [laterMs],
    MAX_LATER_MS,
  )
}

/** Delays of all tokens of the streams, which end with the upload. */
async function delaysOf(url: string): Promise<number[]> {
  const delaysMs: number[] = []
  const streams = Array.from({ length: STREAMS }, async () => {
    const response = await fetch(url, { method: 'POST', body: '{"model":"fake","stream":true}' })
    for await (const chunk of response.body ?? []) {
      const now = preciseNow()
      for (const [, sentAt] of Buffer.from(chunk)
        .toString()
        .matchAll(/data: ([\d.]+)/g))
        delaysMs.push(now - Number(sentAt))
    }
  })
  await Promise.all(streams)
  return delaysMs
}
