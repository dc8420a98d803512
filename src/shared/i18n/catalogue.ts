/** Types of message catalogues. English is the source: its keys and parameters are those of every language. */

/** One text for each form of the language's plural; `count` selects the form. */
export type Plural = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string }

/** A text with parameters in braces: `Connected to {relay}.` */
export type Phrase = string | Plural

export type Catalogue = Readonly<Record<string, Phrase>>

/** Another language's catalogue: complete, with a plural where English has one. */
export type Translation<English extends Catalogue> = {
  readonly [Key in keyof English]: English[Key] extends string ? string : Plural
}

/** The parameters in a text. */
export type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never
/** The texts of a message with several forms. */
export type TextsOf<M> = M extends string ? M : M[keyof M]
type CountOf<M> = M extends string ? never : 'count'

/** The parameters of a message. */
export type ParamsOf<M> = {
  readonly [Name in NamesIn<TextsOf<M>> | CountOf<M>]: Name extends 'count' ? number : string | number
}

/** Nothing for a message without parameters. */
export type ArgumentsOf<M> = [keyof ParamsOf<M>] extends [never] ? [] : [params: ParamsOf<M>]

const SLOT = /\{([^{}]*)\}/

/** A text split at its parameters: literal text at even indexes, names at odd ones. */
export function piecesOf(text: string): readonly string[] {
  return text.split(SLOT)
}
