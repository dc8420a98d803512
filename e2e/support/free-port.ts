import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the ports that systems assign to servers with port 0 and to outgoing connections, as other tests open them all the time;
 * above those of model servers.
 */
const [FIRST, LAST] = [12_000, 32_000]
/** More than a process asks for while another one starts. */
const PORTS_PER_PROCESS = 64

let next = FIRST + ((process.pid * PORTS_PER_PROCESS) % (LAST - FIRST))

/** A port that is free, and that nobody else takes before it is used, nor while its server is restarted. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next++
    if (next === LAST) next = FIRST
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  const isListening = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  if (!isListening) return false
  server.close()
  await once(server, 'close')
  return true
}
