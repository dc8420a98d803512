/** Starts the page: the engine first, then one drawing for each of its views. */
import { render } from 'preact'
import { openChat } from './chat/open-chat.ts'
import { ChatApp } from './view/app.tsx'

const page = document.querySelector('#page')
if (page !== null) {
  const store = await openChat()
  const draw = (): void => render(<ChatApp view={store.view} actions={store.actions} />, page)
  store.subscribe(draw)
  draw()
}
