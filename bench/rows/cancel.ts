import { once } from 'node:events'
import { preciseNow } from '../child.ts'
import { openChat } from '../client.ts'
import { inTurn, rowFor, type Row } from '../row.ts'
import { completePaths, type Path, type Stage } from '../stage.ts'

const MAX_MS = 2

/** Time from a client's disconnect in the middle of a response until the upstream's socket is closed. */
export async function cancelRow(stage: Stage, tries: number): Promise<Row> {
  const delays = await inTurn(completePaths(stage), tries, async (path: Path, round) => {
    const id = `cancel-${path.name}-${round}`
    const socket = await openChat(path, id, Infinity)
    // The first chunk is the head; with the second, tokens are flowing.
    await once(socket, 'data')
    await once(socket, 'data')
    const cancelledAt = preciseNow()
    socket.destroy()
    return (await stage.upstream.ask<number>('closedAt', id)) - cancelledAt
  })
  return rowFor(`cancel reaches the upstream, ${tries} tries`, 'ms', delays, {
    text: `<= ${MAX_MS} ms`,
    isReached: ({ ours }) => ours.median <= MAX_MS,
  })
}
