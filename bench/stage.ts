import { SeparateProcess } from '../e2e/support/separate-process.ts'
import { extname } from 'node:path'
import { Child } from './child.ts'
import { ChiselTunnel, isChiselInstalled } from './chisel.ts'
import { isSshInstalled, SshTunnel } from './ssh.ts'

/** A route to the upstream. */
export interface Path {
  readonly name: 'direct' | 'ours' | 'ssh' | 'chisel' | 'floor' | 'before'
  readonly port: number
  /** Header lines required on this route. */
  readonly headers: string
  /** For routes over two processes of Node. */
  readonly ends?: Ends
}

/** For bodies without end and of any size: the floor has neither cancellation nor flow control. */
export function completePaths({ paths }: Stage): readonly Path[] {
  return paths.filter(({ name }) => name !== 'floor')
}

/** A number for each end of a tunnel, such as its process id. */
export interface Ends {
  readonly relay: number
  readonly bridge: number
}

export interface Bridge {
  readonly key: string
  readonly process: SeparateProcess
  close(): Promise<void>
}

/** An upstream and the routes to it, each part in its own process like in production. */
export interface Stage {
  readonly upstream: Child
  readonly relay: Child
  readonly relayPort: number
  readonly upstreamPort: number
  /** In the order of measurement. */
  readonly paths: readonly Path[]
  /** Ours, from a public address, over a relay that limits and logs. */
  readonly publicPath: Path
  close(): Promise<void>
}

/** @param before the folder of an older build of the benchmark, to measure its relay and bridge too */
export async function startStage(before?: string): Promise<Stage> {
  const [upstream, relay] = [new Child('upstream-process'), new Child('relay-process')]
  const upstreamPort = await upstream.ask<number>('port')
  const relayPort = await relay.ask<number>('port')
  const bridge = await startBridge(relay, 'owner', relayPort, upstreamPort)
  const ssh = isSshInstalled() ? await SshTunnel.start(upstreamPort) : undefined
  const chisel = isChiselInstalled() ? await ChiselTunnel.start(upstreamPort) : undefined
  const [floor, floorPort] = await startFloor(upstreamPort)
  const older = before === undefined ? undefined : await startOlder(before, upstreamPort)
  const publicRelay = new Child('relay-process', ['public'])
  const publicPort = await publicRelay.ask<number>('port')
  const publicBridge = await startBridge(publicRelay, 'owner', publicPort, upstreamPort)
  const ends = { relay: relay.pid, bridge: bridge.process.pid }
  return {
    upstream,
    relay,
    relayPort,
    upstreamPort,
    paths: [
      { name: 'direct', port: upstreamPort, headers: '' },
      { name: 'ours', port: relayPort, headers: bearer(bridge.key), ends },
      ...(ssh === undefined ? [] : [{ name: 'ssh' as const, port: ssh.port, headers: '' }]),
      ...(chisel === undefined ? [] : [{ name: 'chisel' as const, port: chisel.port, headers: '' }]),
      {
        name: 'floor',
        port: floorPort,
        headers: '',
        ends: { relay: floor[0].pid, bridge: floor[1].pid },
      },
      ...(older === undefined ? [] : [older.path]),
    ],
    publicPath: {
      name: 'ours',
      port: publicPort,
      headers: `${bearer(publicBridge.key)}X-Forwarded-For: 203.0.113.7\r\n`,
    },
    async close() {
      await Promise.all([bridge.close(), publicBridge.close()])
      await older?.close()
      ssh?.close()
      chisel?.close()
      await Promise.all([relay, publicRelay, ...floor].map((child) => child.close()))
      await upstream.close()
    },
  }
}

/** @param dialPort the relay's port as configured at the bridge */
export async function startBridge(
  relay: Child,
  owner: string,
  dialPort: number,
  upstreamPort: number,
  build = import.meta.url,
): Promise<Bridge> {
  const code = await relay.ask<string>('pairingCode', owner)
  const entry = new URL(`../e2e/support/bridge-process${extname(import.meta.url)}`, build)
  const bridge = new SeparateProcess(
    entry.href,
    `http://127.0.0.1:${dialPort}/`,
    code,
    `http://127.0.0.1:${upstreamPort}`,
  )
  const { key } = await bridge.lines.json<{ key: string }>()
  await announced(dialPort, key)
  return { key, process: bridge, close: () => bridge.close() }
}

/** Relay and bridge of an older build. */
async function startOlder(
  build: string,
  upstreamPort: number,
): Promise<{ readonly path: Path; close(): Promise<void> }> {
  const relay = new Child('relay-process', [], build)
  const port = await relay.ask<number>('port')
  const bridge = await startBridge(relay, 'owner', port, upstreamPort, build)
  const ends = { relay: relay.pid, bridge: bridge.process.pid }
  return {
    path: { name: 'before', port, headers: bearer(bridge.key), ends },
    async close() {
      await bridge.close()
      await relay.close()
    },
  }
}

/** Both ends of the smallest possible tunnel, and the port of its public one. */
async function startFloor(upstreamPort: number): Promise<[[Child, Child], number]> {
  const [relay, bridge] = [new Child('floor-process'), new Child('floor-process')]
  const port = await relay.ask<number>('relay')
  await bridge.ask('bridge', { port, upstreamPort })
  return [[relay, bridge], port]
}

export function bearer(credential: string): string {
  return `Authorization: Bearer ${credential}\r\n`
}

/** Key digests reach the relay after the handshake. */
async function announced(port: number, key: string): Promise<void> {
  for (;;) {
    const headers = { authorization: `Bearer ${key}` }
    const response = await fetch(`http://127.0.0.1:${port}/api/version`, { headers })
    await response.arrayBuffer()
    if (response.ok) return
  }
}
