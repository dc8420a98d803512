import { EXAMPLE_MODEL } from '../bridge/profile/client-lines.ts'
import { isLoopback } from '../bridge/dial/relay-address.ts'
import type { FirstChat } from '../bridge/profile/first-chat.ts'
import { clientSnippets } from './client-snippets.ts'
import { fitted, term, type TerminalText, wrapped } from './terminal-text.ts'
import type { UpstreamFacts } from '../bridge/upstream/upstream-state.ts'

export interface WelcomeFacts {
  readonly url: string
  readonly key: string
  readonly facts: UpstreamFacts
  /** `undefined` if there was no model to chat with. */
  readonly chat: FirstChat | undefined
  /** An additional notice. */
  readonly note: string | null
}

const LABEL_COLUMNS = 10
const MAX_REPLY_COLUMNS = 200
const MAX_NOTE_COLUMNS = 1000
const MAX_NAME_COLUMNS = 100

/** The summary after startup: URL, key, test result, and client snippets. */
export function welcomeText({ url, key, facts, chat, note }: WelcomeFacts, columns: number): TerminalText {
  const endpoint = { url, key, model: chat?.model ?? EXAMPLE_MODEL }
  const lines = [
    term``,
    term`  Path    client → ${url} (relay) → bridge → ${facts.baseUrl} (${fitted(facts.name, MAX_NAME_COLUMNS)})`,
    ...(chat?.kind === 'answered' ? labelled('Reply', replyOf(chat), columns) : []),
    ...(note === null ? [] : labelled('Note', fitted(note, MAX_NOTE_COLUMNS), columns)),
    term`  URL     ${url}`,
    term`  Key     ${key}`,
    term``,
    ...clientSnippets(endpoint, facts.kind),
    term``,
    ...wrapped(reachText(url), columns - 2).map((line) => term`  ${line}`),
    term`  Ctrl-C stops everything.`,
    term``,
  ]
  return lines.reduce((text, line) => term`${text}\n${line}`)
}

/** The URL's reach and the next step. */
function reachText(url: string): string {
  if (!isLoopback(new URL(url))) return 'Use the URL and the key on your other devices.'
  return 'This URL works on this computer only. To use other devices, run a relay on a server: see "Use your own relay" in README.md.'
}

function replyOf({ model, reply }: Extract<FirstChat, { kind: 'answered' }>): string {
  const oneLine = reply.replaceAll(/\s+/g, ' ')
  return `${fitted(model, MAX_NAME_COLUMNS)}: ${fitted(oneLine, MAX_REPLY_COLUMNS)}`
}

/** Text behind a label, with its further lines aligned. */
function labelled(label: string, text: string, columns: number): readonly TerminalText[] {
  const lines = wrapped(text, columns - LABEL_COLUMNS)
  return lines.map((line, index) => term`${`  ${index === 0 ? label : ''}`.padEnd(LABEL_COLUMNS)}${line}`)
}
