import { isJsonObject } from '../../shared/json-object.ts'

/** Marks an entry of the tab's history that stands for a dialog over the page. */
export const OVER_PAGE = { isOverPage: true }

export function isOverPage(state: unknown): boolean {
  return isJsonObject(state) && state['isOverPage'] === true
}

/** The conversation of an entry of the tab's history; `null` if it is none of the page's. */
export function placeIn(state: unknown): string | null {
  return isJsonObject(state) && typeof state['conversation'] === 'string' ? state['conversation'] : null
}
