import { networkInterfaces } from 'node:os'

export interface InternalAddressOptions {
  /** Listen address; loopback by default. */
  readonly internalHost?: string | undefined
  /** URL for other replicas, if it differs. */
  readonly internalUrl?: string | undefined
}

const LOOPBACK = '127.0.0.1'

export function internalHostFor({ internalHost }: InternalAddressOptions): string {
  return internalHost ?? LOOPBACK
}

/** @param port of the listener */
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
