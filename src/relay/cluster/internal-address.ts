import { networkInterfaces } from 'node:os'

export interface InternalAddressOptions {
  /** Where to listen; without it the first address that other machines see, or this machine alone. */
  readonly internalHost?: string | undefined
  /** What other replicas use, where that differs. */
  readonly internalUrl?: string | undefined
}

export function internalHostFor({ internalHost }: InternalAddressOptions): string {
  return internalHost ?? firstOuterAddress()
}

/** @param port that is listened to */
export function internalUrlFor({ internalHost, internalUrl }: InternalAddressOptions, port: number): string {
  if (internalUrl !== undefined) return internalUrl
  const isEverywhere = internalHost === undefined || internalHost === '0.0.0.0' || internalHost === '::'
  const host = isEverywhere ? firstOuterAddress() : internalHost
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function firstOuterAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((some) => some ?? [])
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1'
}
