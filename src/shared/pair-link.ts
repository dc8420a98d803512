/** Opens the desktop app with its pairing form filled in: the user only has to confirm. Apps accept https relays only. */
export function pairLinkFor(relayUrl: string, code: string): string {
  return `cloudtolocalllm://pair?relay=${encodeURIComponent(relayUrl)}&code=${encodeURIComponent(code)}`
}

/** The relay's page with that link. The code is in the fragment, which no server sees. */
export function pairPageFor(relayUrl: string, code: string): string {
  return `${relayUrl}/#pair=${encodeURIComponent(code)}`
}
