import { z } from 'zod'
import { TunnelStateSchema } from './supervisor/tunnel-state.ts'
import { JobsSnapshotSchema } from './jobs/jobs-snapshot.ts'
import { UpstreamStateSchema } from './upstream/upstream-state.ts'

/** The state of a bridge, for a status line, a window or a tray, also in another process. */
export const BridgeSnapshotSchema = z
  .object({
    tunnel: TunnelStateSchema,
    upstream: UpstreamStateSchema,
    rttMs: z.number().optional(),
    /** The URL for clients; known once the tunnel has been online. */
    url: z.string().optional(),
    /** `null` = signed out. */
    device: z.object({ id: z.string(), relayUrl: z.string() }).readonly().nullable(),
    activeRequests: z.number(),
    /** Absent if this device cannot keep jobs. */
    jobs: JobsSnapshotSchema.optional(),
  })
  .readonly()

export type BridgeSnapshot = z.infer<typeof BridgeSnapshotSchema>
