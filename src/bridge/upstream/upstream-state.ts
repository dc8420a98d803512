import { z } from 'zod'
import { UPSTREAM_KINDS } from '../../shared/announcement.ts'

const names = z.array(z.string()).readonly()

const Facts = z
  .object({
    /** Base URL of its API, as returned by `parseUpstreamUrl`. */
    baseUrl: z.string(),
    kind: z.enum(UPSTREAM_KINDS),
    /** The server did not respond to the probe for Ollama's API in time, so the kind may change. */
    isKindGuessed: z.literal(true).exactOptional(),
    /** Ollama reports its version; OpenAI-compatible servers do not. */
    version: z.string().nullable(),
    models: names,
    /** Models in memory; absent if the server does not report them. */
    loaded: names.exactOptional(),
    /** For display: "Ollama 0.12.3", "LM Studio", "Demo model". */
    name: z.string(),
  })
  .readonly()

/** The known facts about a model server that answers. */
export type UpstreamFacts = z.infer<typeof Facts>

const RefusalSchema = z
  .object({
    baseUrl: z.string(),
    cause: z.enum(['needsKey', 'keyRefused', 'loading', 'failing']),
    status: z.number(),
    /** Display name, if known: "llama.cpp". */
    name: z.string().optional(),
    /** Whether the refusal is in a model server's format; otherwise any program may listen there. */
    isModelServer: z.boolean(),
  })
  .readonly()

/** A model server that responds but refuses requests. */
export type UpstreamRefusal = z.infer<typeof RefusalSchema>
/** Why a running model server does not serve. */
export type RefusalCause = UpstreamRefusal['cause']

/** The state of the upstream. `since` in milliseconds since the epoch; `reason` for display. */
export const UpstreamStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unknown') }).readonly(),
  z.object({ kind: z.literal('up'), facts: Facts }).readonly(),
  /** It responds, but refuses. */
  z
    .object({ kind: z.literal('refusing'), refusal: RefusalSchema, since: z.number(), reason: z.string() })
    .readonly(),
  /** `baseUrl`: its configured or last known URL; null if none was configured or found. */
  z
    .object({
      kind: z.literal('down'),
      baseUrl: z.string().nullable(),
      since: z.number(),
      reason: z.string(),
    })
    .readonly(),
])

export type UpstreamState = z.infer<typeof UpstreamStateSchema>
