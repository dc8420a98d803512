/** A relay with an in-memory signing key, so it can issue as many credentials as a benchmark needs. */
import { tmpdir } from 'node:os'
import { destination } from 'pino'
import type { OwnerId } from '../src/shared/brands.ts'
import { createLogger } from '../src/bridge/log/pino-logger.ts'
import { Credentials } from '../src/relay/auth/credential.ts'
import { createSigningKey } from '../src/relay/auth/signing-key.ts'
import { parseRelayConfig } from '../src/relay/config.ts'
import { startRelay } from '../src/relay/relay.ts'
import { silentLogger } from '../src/shared/logger.ts'
import { systemClock } from '../src/tunnel/system-clock.ts'
import { serve } from './child.ts'

const signingKey = await createSigningKey()
const credentials = new Credentials(signingKey, systemClock)
/** Limits that are counted and never reached. */
const LIMITS = { maxRequests: 1e9, maxRequestsPerKey: 1e9, maxRequestsPerAddress: 1e9 }
const isPublic = process.argv[2] === 'public'
const relay = await startRelay({
  config: {
    ...parseRelayConfig({ port: 0, dataDir: tmpdir(), trustedProxies: 'loopback' }, {}),
    ...(isPublic && LIMITS),
  },
  clock: systemClock,
  logger: isPublic
    ? createLogger({ level: 'info', format: 'json', output: destination({ dest: '/dev/null', sync: true }) })
    : silentLogger,
  onPairingCode: () => {},
  signingKey,
})

serve({
  port: () => relay.port,
  pairingCode: (ownerId: string) => relay.mintPairingCode(ownerId),
  credentials: (owners: readonly string[]) =>
    Promise.all(
      owners.map((owner) =>
        credentials.issue({ ownerId: owner as OwnerId, deviceId: owner, deviceName: 'bench' }),
      ),
    ),
  /** CPU time used by this process, in milliseconds. */
  cpuMs() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  attachedTunnels: () => relay.tunnels.all.filter(({ isAttached }) => isAttached).length,
  rssKiB: () => process.memoryUsage.rss() / 1024,
  async settledRssKiB() {
    // Buffers are freed by the second collection, after finalizers have run.
    for (let round = 0; round < 3; round++) await globalThis.gc?.({ execution: 'async' })
    return process.memoryUsage.rss() / 1024
  },
})
