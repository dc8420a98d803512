/** Where a text is read: in a terminal or an API client, or in the app's window. */
export type Place = 'cli' | 'app'

/**
 * One text for every place, or one for each. The app's has no command to type, no environment variable and no error code of
 * the system.
 */
export type Words = string | Readonly<Record<Place, string>>

export function wordsFor(words: Words, place: Place): string {
  return typeof words === 'string' ? words : words[place]
}

/** The same change to the text of every place. */
export function mapWords(words: Words, change: (text: string) => string): Words {
  return typeof words === 'string' ? change(words) : { cli: change(words.cli), app: change(words.app) }
}

/** Both texts, one behind the other. */
export function joinWords(first: Words, second: Words): Words {
  const joined = (place: Place): string => `${wordsFor(first, place)} ${wordsFor(second, place)}`
  return { cli: joined('cli'), app: joined('app') }
}
