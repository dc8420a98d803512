import type { RelayConfig } from '../relay/config.ts'
import { startRelay } from '../relay/relay.ts'
import type { Logger } from '../shared/logger.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { auditLoggerFor } from './audit-logger.ts'
import type { Output } from './output.ts'
import { shutdownAsked } from './shutdown.ts'

/** Runs a relay until it is stopped, then lets requests finish. */
export async function relay(config: RelayConfig, logger: Logger, output: Output): Promise<void> {
  const shutdown = shutdownAsked()
  const running = await startRelay({
    config,
    clock: systemClock,
    logger,
    auditLogger: auditLoggerFor(config.auditLog, logger),
    onPairingCode(pairingCode) {
      output.json({ event: 'pairing', pairingCode })
      output.say(`Pairing code: ${pairingCode}`)
    },
  })
  const pairingCode = config.pairingEnabled ? running.mintPairingCode(config.owner) : null
  output.json({ event: 'listening', url: running.url, pairingCode })
  const behindProxy = config.publicUrl === undefined ? '' : ` (${config.host}, port ${running.port})`
  output.say(`Relay listening at ${running.url}${behindProxy}`)
  const canSignIn = config.oidcIssuers.length > 0 && config.oidcClientId !== undefined
  const onDesktop = `On the desktop: npx cloudtolocalllm bridge --relay ${running.url}`
  if (canSignIn) output.say(`${onDesktop} --sign-in`)
  if (pairingCode !== null) {
    output.say(
      `Pairing code: ${pairingCode} (valid once, for ten minutes; a new one is printed when it is used or expires)`,
    )
    output.say(`${onDesktop} --pair ${pairingCode}`)
  }
  await shutdown
  output.say('Stopping: waiting for running requests to finish. Press Ctrl-C again to stop immediately.')
  await running.close()
}
