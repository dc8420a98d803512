import { execFileSync } from 'node:child_process'
import type { OwnerId } from '../../src/shared/brands.ts'
import { RoutingIds } from '../../src/relay/auth/routing-id.ts'
import { Credentials } from '../../src/relay/auth/credential.ts'
import { createSigningKey, type SigningKey } from '../../src/relay/auth/signing-key.ts'
import type { DeviceIdentity } from '../../src/bridge/secrets/device-identity.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { Balancer } from './balancer.ts'
import { MAIN, type Program, Workshop } from './program.ts'
import { RedisServer } from './redis-server.ts'
import { Desk, type DeskOptions } from './stack.ts'

/** One of several relays, in a separate process. */
export interface RelayProcess {
  readonly program: Program
  readonly url: string
  readonly port: number
  readonly pairingCode: string
}

/** Several relays in separate processes, their shared Redis, and the balancer in front of them. */
export class RelayGroup {
  readonly redis: RedisServer
  readonly balancer: Balancer
  readonly key: SigningKey
  /** Those behind the balancer. */
  readonly all: RelayProcess[] = []
  readonly #workshop = new Workshop()
  readonly #desks: Desk[] = []

  private constructor(redis: RedisServer, balancer: Balancer, key: SigningKey) {
    this.redis = redis
    this.balancer = balancer
    this.key = key
  }

  static async start(count: number, env: Readonly<Record<string, string>> = {}): Promise<RelayGroup> {
    const parts = await Promise.all([RedisServer.start(), Balancer.start(), createSigningKey()])
    const group = new RelayGroup(...parts)
    for (const relay of await Promise.all(Array.from({ length: count }, () => group.launch(env))))
      group.add(relay)
    return group
  }

  /** A further relay that is not behind the balancer yet. */
  async launch(env: Readonly<Record<string, string>> = {}): Promise<RelayProcess> {
    const program = await this.run(env)
    const { url, pairingCode } = await program.stdout.json<{ url: string; pairingCode: string }>(
      (line) => 'pairingCode' in line && 'url' in line,
    )
    return { program, url, port: Number(new URL(url).port), pairingCode }
  }

  /** The same, however far it gets. */
  async run(env: Readonly<Record<string, string>> = {}): Promise<Program> {
    return this.#workshop.run(
      ['relay', '--json', '--port', '0', '--data-dir', await this.#workshop.dataDir()],
      {
        command: [process.execPath, '--max-semi-space-size=1', MAIN],
        env: {
          REDIS_URL: this.redis.url,
          RELAY_KEY: JSON.stringify(this.key.privateKey.export({ format: 'jwk' })),
          INTERNAL_HOST: '127.0.0.1',
          TRUSTED_PROXIES: 'loopback',
          METRICS_ON_LOOPBACK: 'true',
          LOG_LEVEL: 'info',
          ...env,
        },
      },
    )
  }

  /** Adds the relay to the balancer. */
  add(relay: RelayProcess): void {
    this.all.push(relay)
    this.#aim()
  }

  remove(relay: RelayProcess): void {
    this.all.splice(this.all.indexOf(relay), 1)
    this.#aim()
  }

  /** A device of this owner, as if it had paired. */
  async identity(owner: string, deviceId: string = owner): Promise<DeviceIdentity> {
    const credentials = new Credentials(this.key, systemClock)
    const ownerId = owner as OwnerId
    return {
      credential: await credentials.issue({ ownerId, deviceId, deviceName: deviceId }),
      deviceId,
      ownerId,
      address: this.address(ownerId),
      relayUrl: this.balancer.url,
    }
  }

  address(ownerId: string): string {
    return new RoutingIds(this.key.routingSecret).routingIdFor(ownerId as OwnerId)
  }

  /** An online bridge, through the balancer or at one relay. */
  async desk(
    upstreamUrl: string,
    { at = this.balancer, identity, ...options }: DeskOptions & { at?: { url: string; port: number } } = {},
  ): Promise<Desk> {
    const { url, port } = at
    const desk = await Desk.start({ url, port, mintPairingCode: () => '' }, upstreamUrl, {
      ...options,
      identity: identity ?? (await this.identity('owner')),
    })
    this.#desks.push(desk)
    return desk
  }

  async closeDesks(): Promise<void> {
    await Promise.all(this.#desks.splice(0).map((desk) => desk.close()))
  }

  async close(): Promise<void> {
    await this.closeDesks()
    await this.#workshop.close()
    await this.balancer.close()
    await this.redis.close()
  }

  #aim(): void {
    this.balancer.targets = this.all.map(({ port }) => port)
    this.balancer.check()
  }
}

/** Tunnels that a relay has. */
export async function tunnelsAt({ url }: RelayProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^ctl_tunnels (\d+)$/m.exec(text)?.[1])
}

/** Resident memory of a relay, in MiB. */
export function rssMiB({ program }: RelayProcess): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(program.pid)])) / 1024
}
