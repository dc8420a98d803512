import { SeparateProcess } from '../e2e/support/separate-process.ts'
import { extname } from 'node:path'
import { Child } from './child.ts'
import { isSshInstalled, SshTunnel } from './ssh.ts'

/** A route to the upstream. */
export interface Path {
  readonly name: 'direct' | 'ours' | 'ssh'
  readonly port: number
  /** Header lines required on this route. */
  readonly headers: string
}

export interface Bridge {
  readonly key: string
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
  close(): Promise<void>
}

export async function startStage(): Promise<Stage> {
  const [upstream, relay] = [new Child('upstream-process'), new Child('relay-process')]
  const upstreamPort = await upstream.ask<number>('port')
  const relayPort = await relay.ask<number>('port')
  const bridge = await startBridge(relay, 'owner', relayPort, upstreamPort)
  const ssh = isSshInstalled() ? await SshTunnel.start(upstreamPort) : undefined
  return {
    upstream,
    relay,
    relayPort,
    upstreamPort,
    paths: [
      { name: 'direct', port: upstreamPort, headers: '' },
      { name: 'ours', port: relayPort, headers: bearer(bridge.key) },
      ...(ssh === undefined ? [] : [{ name: 'ssh' as const, port: ssh.port, headers: '' }]),
    ],
    async close() {
      await bridge.close()
      ssh?.close()
      await relay.close()
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
): Promise<Bridge> {
  const code = await relay.ask<string>('pairingCode', owner)
  const entry = new URL(`../e2e/support/bridge-process${extname(import.meta.url)}`, import.meta.url)
  const bridge = new SeparateProcess(
    entry.href,
    `http://127.0.0.1:${dialPort}/`,
    code,
    `http://127.0.0.1:${upstreamPort}`,
  )
  const { key } = await bridge.lines.json<{ key: string }>()
  await announced(dialPort, key)
  return { key, close: () => bridge.close() }
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
