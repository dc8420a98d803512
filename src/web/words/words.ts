import type { Translation } from '../../shared/i18n/catalogue.ts'
import type { Translator } from '../../shared/i18n/translator.ts'
import type { EN } from './en.ts'

export type ChatWords = Translator<typeof EN>
export type ChatTranslation = Translation<typeof EN>
