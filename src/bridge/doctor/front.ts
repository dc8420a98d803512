import type { IncomingHttpHeaders } from 'node:http'

/** The reverse proxy in front of a relay, as far as it says so. */
export type Front = 'nginx' | 'caddy' | 'cloudflare' | 'unknown'

/** The relay itself sends neither field. Cloudflare counts first: it hides what stands behind it. */
export function frontOf({ server, via }: IncomingHttpHeaders): Front {
  const said = [server, via].join(' ').toLowerCase()
  return (['cloudflare', 'nginx', 'caddy'] as const).find((name) => said.includes(name)) ?? 'unknown'
}

/** What lets an answer through as it is made. */
export const STREAMING_FIX: Readonly<Record<Front, string>> = {
  nginx: 'nginx, in the location of the relay: proxy_buffering off; proxy_http_version 1.1;',
  caddy:
    'Caddyfile, where the relay is: take encode and flush_interval out. Caddy passes streams on at once by itself.',
  // GET alone is held back by quick tunnels: cloudflare/cloudflared#1449.
  cloudflare:
    'Cloudflare: add a Configuration Rule for the relay’s host with response body buffering "None". With a cloudflared ' +
    'quick tunnel use a named tunnel instead: quick ones hold answers to GET back.',
  unknown:
    'Turn off response buffering and compression in the proxy in front of the relay. If there is none, look at software ' +
    'that inspects traffic on this machine or network.',
}

/** What lets WebSockets through. */
export const UPGRADE_FIX: Readonly<Record<Front, string>> = {
  nginx:
    'nginx, in the location of the relay: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; ' +
    'proxy_set_header Connection "upgrade";',
  caddy:
    'Caddyfile: reverse_proxy passes WebSockets by itself; check that /ws/tunnel goes to the relay unchanged.',
  cloudflare: 'Cloudflare, Network: turn on WebSockets for the relay’s domain.',
  unknown:
    'Let the proxy in front of the relay pass WebSocket upgrades at /ws/tunnel, with all their headers.',
}
