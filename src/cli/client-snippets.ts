import {
  chatUrlOf,
  curlLines,
  ollamaLine,
  openaiClient,
  type ClientEndpoint,
} from '../bridge/profile/client-lines.ts'
import type { UpstreamFacts } from '../bridge/upstream/upstream-state.ts'
import { term, TerminalText } from './terminal-text.ts'

/** Lines to paste for common clients. @param kind the model server's API; `undefined` if it is not known */
export function clientSnippets(
  endpoint: ClientEndpoint,
  kind?: UpstreamFacts['kind'],
): readonly TerminalText[] {
  return [
    term`  Chat in a browser`,
    term`    ${chatUrlOf(endpoint)}`,
    term``,
    term`  curl`,
    ...toPaste(curlLines(endpoint, kind ?? 'ollama')),
    ...(kind === 'openai' ? [] : [term`  Ollama CLI`, ...toPaste([ollamaLine(endpoint)])]),
    term`  OpenAI SDK`,
    ...toPaste([openaiClient(endpoint)]),
  ]
}

/** Never truncated. Line breaks in values are kept, since they are part of the snippet. */
function toPaste(lines: readonly string[]): readonly TerminalText[] {
  return lines.map((line) => term`    ${TerminalText.lines(line)}`)
}
