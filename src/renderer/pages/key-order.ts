import type { KeyView } from '../../shared/ipc/view.ts'

export const KEY_COLUMNS = ['name', 'lastUsed', 'requests', 'tokens'] as const
export type KeyColumn = (typeof KEY_COLUMNS)[number]

export interface KeyOrder {
  readonly column: KeyColumn
  readonly isDescending: boolean
}

/** The order after a click on a column: numbers descending, names ascending. */
export function orderAfter({ column, isDescending }: KeyOrder, pressed: KeyColumn): KeyOrder {
  return { column: pressed, isDescending: column === pressed ? !isDescending : pressed !== 'name' }
}

/** The keys that contain a text in their name or models, sorted. @param tag BCP 47 tag, for names */
export function keysShown(
  keys: readonly KeyView[],
  search: string,
  { column, isDescending }: KeyOrder,
  tag: string,
): readonly KeyView[] {
  const wanted = search.trim().toLocaleLowerCase(tag)
  const found = keys.filter(({ name, models }) =>
    [name, ...(models ?? [])].some((text) => text.toLocaleLowerCase(tag).includes(wanted)),
  )
  const sorted = found.toSorted((a, b) => compare(a, b, column, tag))
  return isDescending ? sorted.toReversed() : sorted
}

function compare(a: KeyView, b: KeyView, column: KeyColumn, tag: string): number {
  switch (column) {
    case 'name':
      return a.name.localeCompare(b.name, tag, { numeric: true })
    case 'lastUsed':
      return (a.lastUsedAt ?? 0) - (b.lastUsedAt ?? 0)
    case 'requests':
      return a.requests - b.requests
    case 'tokens':
      return a.tokens - b.tokens
  }
}
