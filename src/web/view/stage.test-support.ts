/** The views of the chat page with snapshots from a test instead of the engine. */
import { h, render } from 'preact'
import type { ChatActions, ChatTurn, ChatView } from '../chat/chat-view.ts'
import { ChatApp } from './app.tsx'
import { loadWords } from '../words/words.ts'

/** The page as a test sees it: `window.stage`. */
export interface ChatStageApi {
  /** Requests of the views, in order. */
  readonly asked: { readonly name: string; readonly args: readonly unknown[] }[]
  show(view: ChatView): void
  /** Makes the last turn grow to a text, a few characters per frame. */
  stream(text: string, perFrame: number): Promise<void>
}

declare global {
  interface Window {
    stage: ChatStageApi
  }
}

const words = await loadWords(navigator.languages)
document.documentElement.lang = words.locale.tag
const page = document.querySelector('#page') ?? document.body
const asked: ChatStageApi['asked'] = []
const actions = new Proxy({} as ChatActions, {
  get:
    (_, name) =>
    (...args: unknown[]) =>
      asked.push({ name: String(name), args }),
})
let shown: ChatView

function show(view: ChatView): void {
  shown = view
  render(h(ChatApp, { view, actions, words }), page)
}

function showText(text: string, kind: 'streaming' | 'done'): void {
  const turns = shown.open.turns.map((turn, i, all): ChatTurn =>
    i === all.length - 1 ? { ...turn, text, state: { kind } } : turn,
  )
  show({ ...shown, open: { ...shown.open, turns, isRunning: kind === 'streaming' } })
}

async function stream(text: string, perFrame: number): Promise<void> {
  const before = shown.open.turns.at(-1)?.text ?? ''
  for (let end = text.startsWith(before) ? before.length : 0; end < text.length; end += perFrame) {
    showText(text.slice(0, end), 'streaming')
    await new Promise(requestAnimationFrame)
  }
  showText(text, 'done')
  await new Promise(requestAnimationFrame)
}

window.stage = { asked, show, stream }
