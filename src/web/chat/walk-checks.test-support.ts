/** The checks after a walk, when everything has arrived and the network is back. */
import { expect } from 'vitest'
import type { ChatView, OpenConversation } from './chat-view.ts'
import { visibleBranch, type Conversation, type Turn } from './conversation.ts'
import type { WalkPage, World } from './walk-world.test-support.ts'

export async function checkWorld(world: World, tabs: readonly WalkPage[]): Promise<void> {
  const conversations = await world.stored.conversations()
  const turns = await world.stored.allTurns()
  checkMessages(world, turns)
  checkAnswers(world, turns)
  checkStops(world, turns)
  checkRemoved(world, conversations, turns)
  for (const { engine } of tabs) checkView(engine.view, conversations, turns)
}

/** Accepted messages are stored with an answer, refused ones are not. */
function checkMessages({ record }: World, turns: readonly Turn[]): void {
  const { accepted, refused, removed, lostTexts } = record
  const questions = turns.filter(({ role }) => role === 'user')
  const asked = new Set(questions.map(({ text }) => text))
  const missing = [...accepted].filter(([text, id]) => !asked.has(text) && !removed.has(id))
  const lost = missing.filter(([text]) => !lostTexts.has(text))
  expect(lost, 'accepted, but not stored').toEqual([])
  const unwanted = refused.filter((text) => asked.has(text))
  expect(unwanted, 'refused, but stored').toEqual([])
  const parents = new Set(turns.map(({ parentId }) => parentId))
  const unanswered = questions.filter(({ id }) => !parents.has(id))
  expect(unanswered, 'without an answer').toEqual([])
}

/** Complete answers are what the model made in one go, stopped and failed ones the beginning of it. */
function checkAnswers({ desktop, record, options }: World, turns: readonly Turn[]): void {
  const mayFail = options.isHarmful || record.hasLostWrites
  const kinds = mayFail ? ['done', 'stopped', 'failed'] : ['done', 'stopped']
  for (const { id, state, text } of turns.filter(({ role }) => role === 'assistant')) {
    expect(kinds, `${id}: ${JSON.stringify(state)}`).toContain(state.kind)
    const ofTurn = desktop.all.filter(({ name }) => name === record.names.get(id))
    const made = ofTurn.map((generation) => generation.text)
    if (state.kind === 'done') expect(made, `complete: ${id}`).toContain(text)
    const isBeginning = ['', ...made].some((whole) => whole.startsWith(text))
    expect(isBeginning, `${id}, ${state.kind}: ${text}`).toBe(true)
  }
  expect(record.askedAgain, 'asked again').toEqual([])
}

function checkStops({ desktop, record }: World, turns: readonly Turn[]): void {
  if (!record.areStopsSure) return
  const stopped = turns.filter(({ state }) => state.kind === 'stopped')
  const names = new Set(stopped.map(({ id }) => record.names.get(id)))
  // A request that overtook the stop may have run the model again, and that answer may be over before its page hears of the stop.
  const left = desktop.kept.filter(({ name, isRead }) => names.has(name) && !isRead)
  expect(left, 'models that were not stopped').toEqual([])
}

function checkRemoved(
  { record }: World,
  conversations: readonly Conversation[],
  turns: readonly Turn[],
): void {
  const ids = conversations.map(({ id }) => id)
  const back = ids.filter((id) => record.removed.has(id))
  expect(back, 'removed conversations').toEqual([])
  const strays = turns.filter(({ conversationId }) => !ids.includes(conversationId))
  expect(strays, 'turns of no conversation').toEqual([])
  const known = new Set(['', ...turns.map(({ id }) => id)])
  const orphans = turns.filter(({ parentId }) => !known.has(parentId))
  expect(orphans, 'turns without their parent').toEqual([])
}

/** The tab shows what is stored, and waits for nothing. */
function checkView(view: ChatView, conversations: readonly Conversation[], turns: readonly Turn[]): void {
  const { open, access, notice } = view
  expect([open.isLoading, open.isRunning, access.kind, notice]).toEqual([false, false, 'ready', null])
  const titles = conversations.map(({ id, title }) => [id, title])
  expect(view.conversations.map(({ id, title }) => [id, title])).toEqual(titles)
  const shown = conversations.find(({ id }) => id === open.id)
  const own = turns.filter(({ conversationId }) => conversationId === open.id)
  const branch = shown === undefined ? [] : visibleBranch(shown, own).map(({ turn }) => turn)
  const expected = branch.map(({ id, text, state }) => [id, text, state.kind])
  expect(shownIn(open), `tab that shows ${open.id}`).toEqual(expected)
}

const shownIn = ({ turns }: OpenConversation): unknown[] =>
  turns.map(({ id, text, state }) => [id, text, state.kind])
