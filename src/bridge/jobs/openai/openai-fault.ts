export interface FaultDetails {
  readonly code?: string
  /** The parameter that the fault is about. */
  readonly param?: string
}

/** A refusal of OpenAI's own endpoints, with the fields that their clients read: `error.code` and `error.param`. */
export class OpenAiFault extends Error {
  override readonly name = 'OpenAiFault'
  readonly status: number
  readonly code: string | null
  readonly param: string | null

  constructor(status: number, message: string, { code, param }: FaultDetails = {}) {
    super(message)
    this.status = status
    this.code = code ?? null
    this.param = param ?? null
  }

  /** The body of the response. */
  toJSON(): object {
    const { message, param, code } = this
    return { error: { message, type: this.#type, param, code } }
  }

  get #type(): string {
    if (this.status === 429) return 'rate_limit_error'
    return this.status < 500 ? 'invalid_request_error' : 'server_error'
  }
}

/** A parameter is missing. */
export function missing(param: string): OpenAiFault {
  return new OpenAiFault(400, `Missing required parameter: '${param}'.`, {
    code: 'missing_required_parameter',
    param,
  })
}

/** A parameter has a value that is not supported. @param expected completes "Expected …" */
export function invalid(param: string, expected: string): OpenAiFault {
  return new OpenAiFault(400, `Invalid value for '${param}'. Expected ${expected}.`, {
    code: 'invalid_value',
    param,
  })
}

/** There is no such object, or it belongs to another key. */
export function notFound(
  kind: 'File' | 'Batch' | 'Response' | 'Item',
  id: string,
  param: string,
): OpenAiFault {
  return new OpenAiFault(404, `No such ${kind} object: ${id}`, { code: 'not_found', param })
}
