import type { IncomingHttpHeaders } from 'node:http'

/** The reverse proxy in front of a relay, if it identifies itself. */
export type Front = 'nginx' | 'caddy' | 'cloudflare' | 'unknown'

/** The relay sends neither field. Cloudflare is checked first: it hides the server behind it. */
export function frontOf({ server, via }: IncomingHttpHeaders): Front {
  const said = [server, via].join(' ').toLowerCase()
  return (['cloudflare', 'nginx', 'caddy'] as const).find((name) => said.includes(name)) ?? 'unknown'
}
