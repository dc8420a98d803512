const HOME = 'https://github.com/CloudToLocalLLM-online/CloudToLocalLLM'

/** The only pages that the app opens by itself. */
export const LINKS = {
  documents: `${HOME}#readme`,
  releases: `${HOME}/releases`,
  license: `${HOME}/blob/main/LICENSE`,
} as const

/** Where people read about a version, and find its packages. */
export function notesUrlFor(version: string): string {
  return `${LINKS.releases}/tag/v${encodeURIComponent(version)}`
}
