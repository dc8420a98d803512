import type { IncomingHttpHeaders } from 'node:http'

/** The reverse proxy in front of a relay, if it identifies itself. */
export type Front = 'nginx' | 'caddy' | 'cloudflare' | 'unknown'

/** The relay sends neither field. Cloudflare is checked first: it hides the server behind it. */
export function frontOf({ server, via }: IncomingHttpHeaders): Front {
  const said = [server, via].join(' ').toLowerCase()
  return (['cloudflare', 'nginx', 'caddy'] as const).find((name) => said.includes(name)) ?? 'unknown'
}

/** Configuration that disables response buffering. */
export const STREAMING_FIX: Readonly<Record<Front, string>> = {
  nginx: 'nginx, in the relay’s location block: proxy_buffering off; proxy_http_version 1.1;',
  caddy:
    'Caddyfile, in the relay’s site: remove encode and flush_interval. Caddy flushes streams immediately by default.',
  // Quick tunnels buffer only GET: cloudflare/cloudflared#1449.
  cloudflare:
    'Cloudflare: add a Configuration Rule for the relay’s host with response body buffering "None". With a cloudflared ' +
    'quick tunnel use a named tunnel instead: quick tunnels buffer responses to GET.',
  unknown:
    'Turn off response buffering and compression in the proxy in front of the relay. If there is none, check for software ' +
    'that inspects traffic on this machine or network.',
}

/** Configuration that enables WebSockets. */
export const UPGRADE_FIX: Readonly<Record<Front, string>> = {
  nginx:
    'nginx, in the relay’s location block: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; ' +
    'proxy_set_header Connection "upgrade";',
  caddy:
    'Caddyfile: reverse_proxy supports WebSockets by default; check that /ws/tunnel reaches the relay unchanged.',
  cloudflare: 'Cloudflare, Network: turn on WebSockets for the relay’s domain.',
  unknown:
    'Configure the proxy in front of the relay to forward WebSocket upgrades at /ws/tunnel, with all their headers.',
}
