import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { Translator } from '../../shared/i18n/translator.ts'
import { EN } from '../words/en.ts'
import type { ChatWords } from '../words/words.ts'

export const WordsContext = createContext<ChatWords>(new Translator({ language: 'en', tag: 'en' }, EN))

/** The page's texts in the user's language. */
export function useWords(): ChatWords {
  return useContext(WordsContext)
}
