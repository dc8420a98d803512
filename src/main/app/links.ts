const HOME = 'https://github.com/CloudToLocalLLM-online/CloudToLocalLLM'

/** The only pages that the app opens without a link from the user. */
export const LINKS = {
  documents: `${HOME}#readme`,
  relay: `${HOME}/blob/main/docs/operations.md#with-its-own-domain`,
  ollama: 'https://ollama.com/download',
  releases: `${HOME}/releases`,
  license: `${HOME}/blob/main/LICENSE`,
} as const

/** Release notes and packages of a version. */
export function notesUrlFor(version: string): string {
  return `${LINKS.releases}/tag/v${encodeURIComponent(version)}`
}
