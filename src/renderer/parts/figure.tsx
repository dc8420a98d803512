interface FigureProps {
  /** Stands before the figure where the table has no columns. */
  readonly name: string
  readonly text: string
  readonly more?: string
  readonly title?: string | undefined
}

/** A cell of a table with a figure. */
export function Figure({ name, text, more = '', title }: FigureProps) {
  return (
    <td class="figure" role="cell" title={title}>
      <span class="figure-name" aria-hidden>
        {name}
      </span>
      <span>{text}</span>
      {more !== '' && <span class="muted">{more}</span>}
    </td>
  )
}
