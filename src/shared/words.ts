/** Where a message is shown: in a terminal or API client, or in the app's window. */
export type Place = 'cli' | 'app'

/**
 * One wording for all places, or one per place. The app's wording contains no commands, environment variables or system
 * error codes.
 */
export type Words = string | Readonly<Record<Place, string>>

export function wordsFor(words: Words, place: Place): string {
  return typeof words === 'string' ? words : words[place]
}

/** Applies the same change to every wording. */
export function mapWords(words: Words, change: (text: string) => string): Words {
  return typeof words === 'string' ? change(words) : { cli: change(words.cli), app: change(words.app) }
}

/** The two texts, separated by a space. */
export function joinWords(first: Words, second: Words): Words {
  const joined = (place: Place): string => `${wordsFor(first, place)} ${wordsFor(second, place)}`
  return { cli: joined('cli'), app: joined('app') }
}
