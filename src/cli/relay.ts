import type { RelayConfig } from '../relay/config.ts'
import { authorityName, minuteOf } from '../relay/acme/acme-error.ts'
import type { CertificateEvent } from '../relay/acme/managed-certificate.ts'
import { type Relay, startRelay } from '../relay/relay.ts'
import { assertNever } from '../shared/errors.ts'
import { pairLinkFor, pairPageFor } from '../shared/pair-link.ts'
import type { Logger } from '../shared/logger.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { auditLoggerFor } from './audit-logger.ts'
import type { Output } from './output.ts'
import { sayQr } from './qr-code.ts'
import { shutdownAsked } from './shutdown.ts'

/** Runs a relay until it is stopped, then lets requests finish. */
export async function relay(config: RelayConfig, logger: Logger, output: Output): Promise<void> {
  const shutdown = shutdownAsked()
  const running: Relay = await startRelay({
    config,
    clock: systemClock,
    logger,
    auditLogger: auditLoggerFor(config.auditLog, logger),
    onPairingCode(pairingCode) {
      output.json({ event: 'pairing', pairingCode })
      output.say(`Pairing code: ${pairingCode}`)
      sayPairingLinks(running.url, pairingCode, config, output)
    },
    onCertificate: (event) => sayCertificate(event, config, output),
  })
  try {
    // With a domain, there may be no certificate for a while.
    const isReady = await Promise.race([running.ready.then(() => true), shutdown.then(() => false)])
    if (isReady) announce(running, config, output)
    await shutdown
    output.say('Stopping: waiting for running requests. Press Ctrl-C again to stop now.')
  } finally {
    await running.close()
  }
}

function announce(running: Relay, config: RelayConfig, output: Output): void {
  const pairingCode = config.pairingEnabled ? running.mintPairingCode(config.owner) : null
  output.json({ event: 'listening', url: running.url, pairingCode })
  const isBehindProxy = config.publicUrl !== undefined && config.domain === undefined
  const behindProxy = isBehindProxy ? ` (${config.host}, port ${running.port})` : ''
  output.say(`Relay listening at ${running.url}${behindProxy}`)
  const canSignIn = config.oidcIssuers.length > 0 && config.oidcClientId !== undefined
  const onDesktop = `On the desktop: cloudtolocalllm bridge --relay ${running.url}`
  if (canSignIn) output.say(`${onDesktop} --sign-in`)
  if (pairingCode !== null) {
    output.say(`Pairing code: ${pairingCode} (valid once, for ten minutes; then a new one is printed)`)
    output.say(`${onDesktop} --pair ${pairingCode}`)
    const link = sayPairingLinks(running.url, pairingCode, config, output)
    if (link !== undefined && output.isLive) sayQr(link, output)
  }
}

/**
 * Prints links with the code, so that nobody has to type it. Apps accept only https relays.
 * @returns the link for a browser, if there is one
 */
function sayPairingLinks(
  url: string,
  code: string,
  { chatPage }: RelayConfig,
  output: Output,
): string | undefined {
  if (!url.startsWith('https:')) return undefined
  const page = chatPage ? pairPageFor(url, code) : undefined
  if (page !== undefined) output.say(`Or open this page on the desktop: ${page}`)
  output.say(`In its app: ${pairLinkFor(url, code)}`)
  return page
}

function sayCertificate(
  event: CertificateEvent,
  { domain, acmeDirectory }: RelayConfig,
  output: Output,
): void {
  const line = { event: 'certificate', state: event.kind, domain }
  switch (event.kind) {
    case 'requested':
      output.json(line)
      return output.say(`Requesting a certificate for ${domain} from ${authorityName(acmeDirectory)}…`)
    case 'installed':
      output.json({ ...line, notAfter: new Date(event.notAfter).toISOString() })
      return output.say(`The certificate for ${domain} is valid until ${minuteOf(event.notAfter)}.`)
    case 'failed': {
      const { code, message } = event.error
      output.json({ ...line, code, message, retryAt: new Date(event.retryAt).toISOString() })
      return output.warn(`${message} The next attempt is at ${minuteOf(event.retryAt)}.`)
    }
    default:
      return assertNever(event)
  }
}
