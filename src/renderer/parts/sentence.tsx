import type { Piece } from '../../shared/i18n/translator.ts'

interface SentenceProps {
  /** From `words.pieces`. */
  readonly of: readonly Piece[]
  /** Marks up the parameters. */
  readonly tag?: 'bdi' | 'code'
}

/** A text whose parameters cannot change the direction of the words around them. */
export function Sentence({ of, tag: Tag = 'bdi' }: SentenceProps) {
  return (
    <>
      {of.map((piece, i) =>
        typeof piece === 'string' ? (
          piece
        ) : (
          <Tag key={i} dir="auto">
            {piece.value}
          </Tag>
        ),
      )}
    </>
  )
}
