import type { ChatImage, ChatModel, ChatTurn, OpenConversation, TurnState } from './chat-view.ts'
import { visibleBranch, type BranchTurn, type Conversation, type Turn } from './conversation.ts'
import type { Page } from './page.ts'
import { withoutThinking } from './thinking-tags.ts'

/** The other facts in the view of the open conversation. */
export interface OpenFacts extends Pick<OpenConversation, 'isRunning' | 'draft'> {
  /** `undefined` while they are being read. */
  readonly turns: ReadonlyMap<string, Turn> | undefined
  readonly stateOf: (turn: Turn) => TurnState
  readonly models: readonly ChatModel[]
}

/** The open conversation for the view. An unchanged turn keeps its identity. */
export class TurnViews {
  readonly #page: Pick<Page, 'imageUrl' | 'dropImageUrl'>
  #urls = new Map<string, string>()
  #last = new Map<string, { readonly turn: Turn; readonly view: ChatTurn }>()

  constructor(page: Pick<Page, 'imageUrl' | 'dropImageUrl'>) {
    this.#page = page
  }

  open(conversation: Conversation, facts: OpenFacts): OpenConversation {
    const { turns: tree, stateOf, models, isRunning, draft } = facts
    const { id, title, system, parameters } = conversation
    const model = conversation.model ?? models[0]?.name ?? null
    const turns = this.#branchOf(conversation, tree ?? new Map(), stateOf)
    const contextUsed = contextUsedBy(
      turns,
      models.find(({ name }) => name === model),
    )
    const isLoading = tree === undefined
    return { id, title, model, system, parameters, turns, isRunning, isLoading, contextUsed, draft }
  }

  /** The visible branch. */
  #branchOf(
    conversation: Conversation,
    turns: ReadonlyMap<string, Turn>,
    stateOf: (turn: Turn) => TurnState,
  ): ChatTurn[] {
    const shown = visibleBranch(conversation, turns.values()).map((each) => ({
      turn: each.turn,
      view: this.#viewOf(each, stateOf(each.turn)),
    }))
    this.#last = new Map(shown.map((each) => [each.turn.id, each]))
    return shown.map(({ view }) => view)
  }

  /** Another conversation is open. */
  clear(): void {
    for (const url of this.#urls.values()) this.#page.dropImageUrl(url)
    this.#urls = new Map()
    this.#last = new Map()
  }

  #viewOf({ turn, siblings }: BranchTurn, state: TurnState): ChatTurn {
    const branch = { index: siblings.indexOf(turn), count: siblings.length }
    const last = this.#last.get(turn.id)
    const isSame =
      last?.turn === turn &&
      last.view.branch.index === branch.index &&
      last.view.branch.count === branch.count &&
      JSON.stringify(last.view.state) === JSON.stringify(state)
    if (isSame) return last.view
    const { id, role, model, createdAt, figures } = turn
    const parts = role === 'assistant' ? withoutThinking(turn.text) : { text: turn.text, thinking: '' }
    const thinking = turn.thinking + parts.thinking
    const images =
      last?.turn.images === turn.images ? last.view.images : turn.images.map((image) => this.#imageOf(image))
    return { id, role, text: parts.text, thinking, images, state, model, createdAt, figures, branch }
  }

  #imageOf({ id, blob }: Turn['images'][number]): ChatImage {
    const url = this.#urls.get(id) ?? this.#page.imageUrl(blob)
    this.#urls.set(id, url)
    return { id, url }
  }
}

/** Tokens of the model's context that the last answer and its prompt used. */
function contextUsedBy(
  turns: readonly ChatTurn[],
  model: ChatModel | undefined,
): OpenConversation['contextUsed'] {
  const figures = turns.findLast((turn) => turn.figures !== null)?.figures
  if (!figures || figures.promptTokens === null) return null
  return { tokens: figures.promptTokens + figures.tokens, limit: model?.contextTokens ?? null }
}
