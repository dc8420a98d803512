import type { UpstreamRefusal } from './upstream-state.ts'
/** One sentence about the refusal that names the server. */
export function refusalText({ baseUrl, cause, status, name }: UpstreamRefusal): string {
  const server = serverAt(baseUrl, name)
  switch (cause) {
    case 'needsKey':
      return `${server} requires an API key.`
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
