/** Starts the page: loads the engine and the texts, then renders each view of the engine. */
import { render } from 'preact'
import { openChat } from './chat/open-chat.ts'
import { ChatApp } from './view/app.tsx'
import { loadWords } from './words/words.ts'

const page = document.querySelector('#page')
if (page !== null) {
  const [store, words] = await Promise.all([openChat(), loadWords(navigator.languages)])
  document.documentElement.lang = words.locale.tag
  const draw = (): void => render(<ChatApp view={store.view} actions={store.actions} words={words} />, page)
  store.subscribe(draw)
  draw()
}
