import { errorCase } from '../../shared/error-cases.ts'
import type { KeyedText } from '../../shared/words.ts'
import type { UpstreamRefusal } from './upstream-state.ts'

/** One sentence about the refusal that names the server. */
export function refusalWords({ baseUrl, cause, status, name }: UpstreamRefusal): KeyedText {
  const server = serverAt(baseUrl, name)
  return cause === 'failing'
    ? errorCase('case.upstream.failing', { server, status })
    : errorCase(`case.upstream.${cause}`, { server })
}

/** "LM Studio at http://127.0.0.1:1234". */
export function serverAt(url: string, name?: string): KeyedText {
  return errorCase('upstream.at', { name: name ?? errorCase('case.upstream.server'), url })
}
