/** Starts the page: renders one snapshot at the beginning, then each that follows. */
import { render } from 'preact'
import type { AppView } from '../shared/ipc/view.ts'
import { App } from './app.tsx'
import { showPlainText } from './plain-nodes.ts'
import { Shell, ShellContext } from './shell.ts'
import { WordsContext } from './words/window-words.ts'
import { follow, leaveSetup, type WindowState } from './window-state.ts'

let state: WindowState | null = null
let isDrawing = false
const shell = new Shell(drawSoon)

/**
 * Once for all changes of a task, and never inside another drawing: Preact runs an effect while it renders a component
 * again, an effect may change the shell, and a nested `render` of the same root damages Preact's tree permanently.
 */
function drawSoon(): void {
  if (isDrawing) return
  isDrawing = true
  queueMicrotask(() => {
    isDrawing = false
    draw()
  })
}

function draw(): void {
  render(
    <ShellContext value={shell}>
      <WordsContext value={shell.words}>
        <App state={state} onSetupLeft={onSetupLeft} />
      </WordsContext>
    </ShellContext>,
    document.body,
  )
}

function accept(view: AppView): void {
  document.documentElement.dataset['theme'] = view.settings.values.theme
  shell.speak(view.locale)
  state = follow(state, view)
  drawSoon()
}

function onSetupLeft(): void {
  if (state !== null) state = leaveSetup(state)
  shell.show('status')
}

showPlainText()
window.app.on('view.changed', accept)
window.app.on('page.show', (page) => shell.show(page))
void shell.ask('view.get').then((answer) => {
  // A snapshot that arrived meanwhile is newer.
  if (answer.ok && state === null) accept(answer.result)
})
