import { z } from 'zod'
import type { DeepFinding } from './deep-health.ts'
import type { KeyTotals, OwnerSnapshot } from '../observe/owner-figures.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'

/** A tunnel as shown to its owner. */
export function toTunnelView(tunnel: Tunnel) {
  const { credential, announcement } = tunnel
  return {
    tunnelId: tunnel.id,
    deviceId: credential.deviceId,
    deviceName: credential.deviceName,
    connected: tunnel.isAttached,
    connectedAt: new Date(tunnel.connectedAt).toISOString(),
    rttMs: tunnel.rttMs ?? null,
    streams: tunnel.streamCount,
    upstream: announcement.upstreamKind,
    models: announcement.models,
    loaded: announcement.loaded ?? null,
  }
}

const MAX_TUNNELS = 10_000
/** Additional fields of other relay versions are passed on. */
export const TunnelsSchema = z.object({
  userId: z.string().max(1_024).nullable(),
  tunnels: z.array(z.looseObject({ connected: z.boolean(), upstream: z.string() })).max(MAX_TUNNELS),
  deep: z.object({ ok: z.boolean(), detail: z.string().max(4_096) }).optional(),
})
const CountSchema = z.number().nonnegative()
const KeyTotalsSchema = z.object({
  key: z.string().max(256),
  requests: CountSchema,
  tokens: CountSchema,
  durationMs: CountSchema,
})
const MAX_KEYS = 1_000
export const FiguresSchema = z.object({
  requests: CountSchema,
  active: CountSchema,
  failed: CountSchema,
  timedOut: CountSchema,
  cancelled: CountSchema,
  bytesIn: CountSchema,
  bytesOut: CountSchema,
  averageHeadMs: CountSchema.nullable(),
  // Missing from older relays.
  tokens: CountSchema.default(0),
  durationMs: CountSchema.default(0),
  keys: z.array(KeyTotalsSchema).max(MAX_KEYS).default([]),
})

/** An owner's tunnels at one relay. */
export interface OwnerTunnels {
  readonly userId: string | null
  readonly tunnels: readonly { readonly connected: boolean; readonly upstream: string }[]
  /** Present if requested, at a relay with a device. */
  readonly deep?: DeepFinding
}

/** The state of an owner's tunnels. `degraded`: connected, but without a model server. */
export function healthOf({ tunnels }: OwnerTunnels) {
  const connected = tunnels.filter((tunnel) => tunnel.connected)
  const upstream = connected.some((tunnel) => tunnel.upstream !== 'none')
  const checks = { hasConnections: connected.length > 0, upstream }
  const status = connected.length === 0 ? 'offline' : upstream ? 'healthy' : 'degraded'
  return { status, checks } as const
}

/** @param parts one or more, one per relay */
export function mergeTunnels(parts: readonly OwnerTunnels[]): OwnerTunnels {
  return { userId: parts[0]?.userId ?? null, tunnels: parts.flatMap(({ tunnels }) => tunnels) }
}

/** @param parts one or more, one per relay */
export function mergeFigures(parts: readonly OwnerSnapshot[]): OwnerSnapshot {
  const sum = (of: (part: OwnerSnapshot) => number) => parts.reduce((total, part) => total + of(part), 0)
  const timed = parts.filter(({ averageHeadMs }) => averageHeadMs !== null)
  const answers = timed.reduce((total, { requests }) => total + requests, 0)
  return {
    requests: sum(({ requests }) => requests),
    active: sum(({ active }) => active),
    failed: sum(({ failed }) => failed),
    timedOut: sum(({ timedOut }) => timedOut),
    cancelled: sum(({ cancelled }) => cancelled),
    bytesIn: sum(({ bytesIn }) => bytesIn),
    bytesOut: sum(({ bytesOut }) => bytesOut),
    averageHeadMs:
      answers === 0 ? null : sum(({ averageHeadMs, requests }) => (averageHeadMs ?? 0) * requests) / answers,
    tokens: sum(({ tokens }) => tokens),
    durationMs: sum(({ durationMs }) => durationMs),
    keys: mergeKeys(parts.flatMap(({ keys }) => keys)),
  }
}

function mergeKeys(all: readonly KeyTotals[]): KeyTotals[] {
  const merged = new Map<string, KeyTotals>()
  for (const { key, requests, tokens, durationMs } of all) {
    const before = merged.get(key) ?? { requests: 0, tokens: 0, durationMs: 0 }
    merged.set(key, {
      key,
      requests: before.requests + requests,
      tokens: before.tokens + tokens,
      durationMs: before.durationMs + durationMs,
    })
  }
  return [...merged.values()]
}
