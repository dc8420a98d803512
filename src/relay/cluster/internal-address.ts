import { networkInterfaces } from 'node:os'

export interface InternalAddressOptions {
  /** Where to listen; without it at this machine alone. */
  readonly internalHost?: string | undefined
  /** What other replicas use, where that differs. */
  readonly internalUrl?: string | undefined
}

const LOOPBACK = '127.0.0.1'

export function internalHostFor({ internalHost }: InternalAddressOptions): string {
  return internalHost ?? LOOPBACK
}

/** @param port that is listened to */
export function internalUrlFor({ internalHost, internalUrl }: InternalAddressOptions, port: number): string {
  if (internalUrl !== undefined) return internalUrl
  const isEverywhere = internalHost === '0.0.0.0' || internalHost === '::'
  const host = isEverywhere ? firstOuterAddress() : (internalHost ?? LOOPBACK)
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function firstOuterAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((some) => some ?? [])
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? LOOPBACK
}
