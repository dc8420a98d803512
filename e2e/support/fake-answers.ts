/** Options of the fake upstream in a request body's `options`, which clients pass through in every dialect. */
export interface Script {
  readonly tokens: number
  readonly intervalMs: number
  /** Token n is `<marker>-<n> `, so that a lost, duplicated or foreign one is detected. */
  readonly marker: string
  /** Padding of each token in bytes. */
  readonly padBytes: number
  /** Stalls after this many tokens, without ending. */
  readonly stall?: number
  /** Delays the headers. */
  readonly load_ms: number
  /** Aborts after this many tokens … */
  readonly breakAfter?: number
  /** … by closing the connection, resetting it, or sending an error inside the stream. */
  readonly breakBy: 'close' | 'reset' | 'error'
  /** Answers with an error of this status. */
  readonly status?: number
}

const DEFAULTS: Script = {
  tokens: 5,
  intervalMs: 0,
  marker: 'token',
  padBytes: 0,
  load_ms: 0,
  breakBy: 'close',
}

export function scriptIn(body: Record<string, unknown>): Script {
  return { ...DEFAULTS, ...(body['options'] as object | undefined) }
}

/** The token with this number, counted from 0. */
export function tokenAt({ marker, padBytes }: Script, index: number): string {
  return `${marker}-${index} `.padEnd(padBytes, '.')
}

/** All tokens, as a client should receive them. */
export function textOf(script: Script): string {
  return Array.from({ length: script.tokens }, (_, index) => tokenAt(script, index)).join('')
}

/** The response format of one API. */
export interface Form {
  readonly streamsByDefault: boolean
  readonly contentType: string
  readonly prologue: string
  piece(token: string): string
  epilogue(count: number): string
  whole(text: string, count: number): object
  errorBody(message: string): object
  errorRecord(message: string): string
}

/** The form of an inference path; undefined for any other. */
export function formFor(path: string, model: unknown): Form | undefined {
  switch (path) {
    case '/api/chat':
      return ndjson(model, (content) => ({ message: { role: 'assistant', content } }))
    case '/api/generate':
      return ndjson(model, (response) => ({ response }))
    case '/v1/chat/completions':
      return sse(model, 'chat.completion', (content, isWhole) => ({
        [isWhole ? 'message' : 'delta']: { role: 'assistant', content },
      }))
    case '/v1/completions':
      return sse(model, 'text_completion', (text) => ({ text }))
    case '/v1/messages':
      return anthropic(model)
    case '/v1/responses':
      return responses(model)
  }
  return undefined
}

function ndjson(model: unknown, wrap: (text: string) => object): Form {
  const record = (text: string, rest: object): object => ({
    model,
    created_at: '2026-01-01T00:00:00Z',
    ...wrap(text),
    ...rest,
  })
  const figures = (count: number): object => ({
    done: true,
    done_reason: 'stop',
    total_duration: 2e9,
    load_duration: 1,
    prompt_eval_count: 3,
    prompt_eval_duration: 1,
    eval_count: count,
    eval_duration: 1e9,
  })
  const errorBody = (error: string): object => ({ error })
  return {
    streamsByDefault: true,
    contentType: 'application/x-ndjson',
    prologue: '',
    piece: (token) => line(record(token, { done: false })),
    epilogue: (count) => line(record('', figures(count))),
    whole: (text, count) => record(text, figures(count)),
    errorBody,
    errorRecord: (message) => line(errorBody(message)),
  }
}

function sse(model: unknown, object: string, choice: (text: string, isWhole: boolean) => object): Form {
  const record = (text: string, finish_reason: string | null, isWhole = false): object => ({
    id: 'fake-1',
    object: isWhole || object === 'text_completion' ? object : `${object}.chunk`,
    created: 1_767_268_800,
    model,
    choices: [{ index: 0, ...choice(text, isWhole), finish_reason }],
  })
  const errorBody = (message: string): object => ({
    error: { message, type: 'server_error', param: null, code: null },
  })
  return {
    streamsByDefault: false,
    contentType: 'text/event-stream',
    prologue: '',
    piece: (token) => data(record(token, null)),
    epilogue: () => `${data(record('', 'stop'))}data: [DONE]\n\n`,
    whole: (text, count) => ({
      ...record(text, 'stop', true),
      usage: { prompt_tokens: 3, completion_tokens: count, total_tokens: count + 3 },
    }),
    errorBody,
    errorRecord: (message) => data(errorBody(message)),
  }
}

function anthropic(model: unknown): Form {
  const message = (content: object[], stop_reason: string | null, output_tokens: number): object => ({
    id: 'msg_fake',
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason,
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens },
  })
  const event = (type: string, rest: object): string => `event: ${type}\n${data({ type, ...rest })}`
  const error = (text: string): object => ({ error: { type: 'api_error', message: text } })
  return {
    streamsByDefault: false,
    contentType: 'text/event-stream',
    prologue:
      event('message_start', { message: message([], null, 0) }) +
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    piece: (text) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    epilogue: (output_tokens) =>
      event('content_block_stop', { index: 0 }) +
      event('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens },
      }) +
      event('message_stop', {}),
    whole: (text, count) => message([{ type: 'text', text }], 'end_turn', count),
    errorBody: (text) => ({ type: 'error', ...error(text) }),
    errorRecord: (text) => event('error', error(text)),
  }
}

function responses(model: unknown): Form {
  let sequence_number = 0
  let said = ''
  const event = (type: string, rest: object): string =>
    `event: ${type}\n${data({ type, sequence_number: sequence_number++, ...rest })}`
  const part = () => ({ type: 'output_text', text: said, annotations: [] })
  const item = (status: string, content: object[]): object => ({
    id: 'msg_fake',
    type: 'message',
    role: 'assistant',
    status,
    content,
  })
  const response = (status: string, output: object[], count?: number): object => ({
    id: 'resp_fake',
    object: 'response',
    created_at: 1_767_268_800,
    status,
    model,
    output,
    error: null,
    incomplete_details: null,
    metadata: {},
    background: false,
    usage: count === undefined ? null : { input_tokens: 3, output_tokens: count, total_tokens: count + 3 },
  })
  const at = { item_id: 'msg_fake', output_index: 0, content_index: 0 }
  const whole = (count: number): object => response('completed', [item('completed', [part()])], count)
  return {
    streamsByDefault: false,
    contentType: 'text/event-stream',
    prologue:
      event('response.created', { response: response('in_progress', []) }) +
      event('response.in_progress', { response: response('in_progress', []) }) +
      event('response.output_item.added', { output_index: 0, item: item('in_progress', []) }) +
      event('response.content_part.added', { ...at, part: part() }),
    piece: (delta) => {
      said += delta
      return event('response.output_text.delta', { ...at, delta })
    },
    epilogue: (count) =>
      event('response.output_text.done', { ...at, text: said }) +
      event('response.content_part.done', { ...at, part: part() }) +
      event('response.output_item.done', { output_index: 0, item: item('completed', [part()]) }) +
      event('response.completed', { response: whole(count) }),
    whole: (text, count) => {
      said = text
      return whole(count)
    },
    errorBody: (message) => ({ error: { message, type: 'server_error', param: null, code: null } }),
    errorRecord: (message) => event('error', { code: 'server_error', message, param: null }),
  }
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}

function data(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`
}
