/** Why a model server that is there does not serve. */
export type RefusalCause = 'needsKey' | 'keyRefused' | 'loading' | 'failing'

/** A model server that answers, and says no. */
export interface Refusal {
  readonly baseUrl: string
  readonly cause: RefusalCause
  readonly status: number
  /** For people, where it is known: "llama.cpp". */
  readonly name?: string | undefined
  /** It refused in the way of model servers; else it could be anything that listens there. */
  readonly isModelServer: boolean
}

/** What the refusal means, as one sentence that names the server. */
export function refusalText({ baseUrl, cause, status, name }: Refusal): string {
  const server = serverAt(baseUrl, name)
  switch (cause) {
    case 'needsKey':
      return `${server} wants an API key.`
    case 'keyRefused':
      return `${server} does not accept the API key that is set for it.`
    case 'loading':
      return `${server} is still loading a model.`
    case 'failing':
      return `${server} answers with an error (status ${status}).`
  }
}

/** "LM Studio at http://127.0.0.1:1234". */
export function serverAt(baseUrl: string, name = 'The model server'): string {
  return `${name} at ${baseUrl}`
}
