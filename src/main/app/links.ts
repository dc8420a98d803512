const HOME = 'https://github.com/CloudToLocalLLM-online/CloudToLocalLLM'

/** The only pages that the app opens on its own. */
export const LINKS = {
  documents: `${HOME}#readme`,
  releases: `${HOME}/releases`,
  license: `${HOME}/blob/main/LICENSE`,
} as const

/** A version's release page. */
export function notesUrlFor(version: string): string {
  return `${LINKS.releases}/tag/v${encodeURIComponent(version)}`
}
