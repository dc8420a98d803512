import type { JsonObject } from '../../../shared/json-object.ts'
import type { JobState } from '../../../shared/jobs.ts'

export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | 'incomplete'

/** Facts of a response in the background that are known before the model server responds. */
export interface ResponseFacts {
  readonly id: string
  /** Seconds since the epoch. */
  readonly createdAt: number
  readonly model: string | null
  readonly metadata: JsonObject
}

export interface ResponseFailure {
  readonly code: string
  readonly message: string
}

/** A response without an answer, with every field that OpenAI's clients require. */
export function responseStub(
  { id, createdAt, model, metadata }: ResponseFacts,
  status: ResponseStatus,
  error: ResponseFailure | null = null,
): JsonObject {
  return {
    id,
    object: 'response',
    access_programs: null,
    created_at: createdAt,
    status,
    background: true,
    error,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    metadata,
    model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: true,
    temperature: null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    usage: null,
  }
}

/** The model server's response under the bridge's id. */
export function ownResponse(response: JsonObject, { id, createdAt, metadata }: ResponseFacts): JsonObject {
  return { ...response, id, created_at: createdAt, background: true, store: true, metadata }
}

/** The status of a response whose model server has not reported one. */
export function statusFor(state: JobState): ResponseStatus {
  switch (state) {
    case 'queued':
    case 'completed':
    case 'failed':
    case 'cancelled':
      return state
    case 'running':
      return 'in_progress'
    case 'expired':
      return 'failed'
  }
}
