import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { freePort } from '../e2e/support/free-port.ts'

export function isChiselInstalled(): boolean {
  return spawnSync('chisel', ['--version']).status === 0
}

/** A reverse tunnel of chisel: SSH inside a WebSocket. */
export class ChiselTunnel {
  readonly port: number
  readonly #children: readonly ChildProcess[]

  private constructor(port: number, children: readonly ChildProcess[]) {
    this.port = port
    this.#children = children
    // Also ends them if the benchmark fails.
    process.on('exit', () => this.close())
  }

  static async start(targetPort: number): Promise<ChiselTunnel> {
    const [serverPort, port] = [await freePort(), await freePort()]
    const options = { stdio: 'ignore' } as const
    const at = `127.0.0.1:${serverPort}`
    const server = spawn(
      'chisel',
      ['server', '--reverse', '--host', '127.0.0.1', '-p', `${serverPort}`],
      options,
    )
    await listening(serverPort)
    const client = spawn('chisel', ['client', at, `R:127.0.0.1:${port}:127.0.0.1:${targetPort}`], options)
    await listening(port)
    return new ChiselTunnel(port, [client, server])
  }

  close(): void {
    for (const child of this.#children) child.kill()
  }
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isUp = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isUp) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
