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
  nginx: 'nginx, in the location of the relay: proxy_buffering off; proxy_http_version 1.1;',
  caddy:
    'Caddyfile, where the relay is: take encode and flush_interval out. Caddy passes streams on at once by itself.',
  // Quick tunnels buffer only GET: cloudflare/cloudflared#1449.
  cloudflare:
    'Cloudflare: add a Configuration Rule for the relay’s host with response body buffering "None". With a cloudflared ' +
    'quick tunnel use a named tunnel instead: quick ones hold answers to GET back.',
  unknown:
    'Turn off response buffering and compression in the proxy in front of the relay. If there is none, look at software ' +
    'that inspects traffic on this machine or network.',
}

/** Configuration that enables WebSockets. */
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
