import type { Excerpt } from './chat-view.ts'
import { excerptOf, type Conversation, type Turn } from './conversation.ts'
import { withoutThinking } from './thinking-tags.ts'

/** The text around the first match, by conversation. */
export type Matches = ReadonlyMap<string, Excerpt>

/** The conversations whose title or text contains the query. */
export function matchesFor(
  query: string,
  conversations: Iterable<Conversation>,
  turns: Iterable<Turn>,
): Matches {
  const matches = new Map<string, Excerpt>()
  for (const { id, title } of conversations) {
    const excerpt = excerptOf(title, query)
    if (excerpt !== null) matches.set(id, excerpt)
  }
  for (const turn of turns) {
    if (matches.has(turn.conversationId)) continue
    const excerpt = excerptOf(withoutThinking(turn.text).text, query)
    if (excerpt !== null) matches.set(turn.conversationId, excerpt)
  }
  return matches
}
