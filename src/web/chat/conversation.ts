import type { ModelParameters, Problem, TurnFigures } from './chat-view.ts'
import type { ChatApi } from './answer-records.ts'

/** A conversation as it is stored, without its turns. */
export interface Conversation {
  readonly id: string
  readonly title: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly model: string | null
  readonly system: string
  readonly parameters: ModelParameters
  /** The selected alternative among those that follow a turn: its id, or `''` for the start of the conversation. */
  readonly shown: Readonly<Record<string, string>>
}

/** A message as it is stored. Turns form a tree: alternatives have the same parent. */
export interface Turn {
  readonly id: string
  readonly conversationId: string
  /** The turn before; `''` for the first one. */
  readonly parentId: string
  readonly role: 'user' | 'assistant'
  /** As received, with tags around reasoning if the model server leaves them in. */
  readonly text: string
  readonly thinking: string
  readonly images: readonly StoredImage[]
  readonly model: string | null
  readonly createdAt: number
  readonly figures: TurnFigures | null
  readonly state: StoredState
}

export interface StoredImage {
  readonly id: string
  readonly blob: Blob
}

export type StoredState =
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'failed'
      readonly canContinue: boolean
      readonly run: RunPosition
      readonly problem: Problem
    }
  /** In progress. */
  | { readonly kind: 'running'; readonly run: RunPosition }

/** Everything needed to continue an answer from any page in this browser. */
export interface RunPosition {
  /** The `Idempotency-Key`. */
  readonly name: string
  readonly api: ChatApi
  /** The id of the device that makes it, if the relay tells: no other one of the owner's has it. */
  readonly device?: string
  /** Bytes of the answer that are in the turn's text already. */
  readonly offset: number
  /** The `ETag` of the answer in which `offset` counts: the desktop may have forgotten it and begun another one. */
  readonly tag?: string | null
  /** As they were when the answer was requested: a repeated request must be the same. */
  readonly asked: Pick<Conversation, 'system' | 'parameters'>
}

/** Whether a message will not change any more. */
export function isFinal(turn: Turn | undefined): boolean {
  return turn?.state.kind === 'done' || turn?.state.kind === 'stopped'
}

/** Longer titles are cut. */
const MAX_TITLE_CHARS = 60
/** Characters around the match of a search. */
const EXCERPT_CHARS = 40

type Tree = ReadonlyMap<string, Turn>

/** A turn of the visible branch, and the alternatives at its place, itself included, oldest first. */
export interface BranchTurn {
  readonly turn: Turn
  readonly siblings: readonly Turn[]
}

/** The visible branch, oldest first. The newest alternative is shown unless another was chosen. */
export function visibleBranch({ shown }: Pick<Conversation, 'shown'>, turns: Iterable<Turn>): BranchTurn[] {
  const byParent = Map.groupBy(turns, ({ parentId }) => parentId)
  const branch: BranchTurn[] = []
  const seen = new Set<string>()
  for (let parentId = ''; !seen.has(parentId);) {
    seen.add(parentId)
    const siblings = (byParent.get(parentId) ?? []).sort((a, b) => a.createdAt - b.createdAt)
    const turn = siblings.find(({ id }) => id === shown[parentId]) ?? siblings.at(-1)
    if (turn === undefined) break
    branch.push({ turn, siblings })
    parentId = turn.id
  }
  return branch
}

/** The turns from the first one to `turnId`, inclusive. */
export function pathTo(turns: Tree, turnId: string): Turn[] {
  const path: Turn[] = []
  for (let turn = turns.get(turnId); turn !== undefined; turn = turns.get(turn.parentId)) {
    if (path.includes(turn)) break
    path.unshift(turn)
  }
  return path
}

/** The first words of a message, for a conversation's title. */
export function titleFor(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? ''
  if (line.length <= MAX_TITLE_CHARS) return line
  const cut = line.slice(0, MAX_TITLE_CHARS)
  const end = cut.lastIndexOf(' ')
  return `${end > MAX_TITLE_CHARS / 2 ? cut.slice(0, end) : cut}…`
}

/** The text around the first match of `query`, ignoring case; `null` without a match. */
export function excerptOf(
  text: string,
  query: string,
): { readonly before: string; readonly match: string; readonly after: string } | null {
  const at = text.toLocaleLowerCase().indexOf(query.toLocaleLowerCase())
  if (at < 0 || query === '') return null
  const end = at + query.length
  return {
    before: `${at > EXCERPT_CHARS ? '…' : ''}${text.slice(Math.max(0, at - EXCERPT_CHARS), at)}`,
    match: text.slice(at, end),
    after: `${text.slice(end, end + EXCERPT_CHARS)}${end + EXCERPT_CHARS < text.length ? '…' : ''}`,
  }
}
