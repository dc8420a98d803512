import { ERRORS } from '../../shared/errors.ts'
import { keyedTexts, type TextTable } from '../../shared/words.ts'

/** Texts of the doctor: findings, causes that continue "It cannot be reached:", and fixes. */
export const CHECK_WORDS = {
  'finding.dataDir.unusable': '{dir} cannot be used: {reason}',
  'finding.dataDir.absent': '{dir} does not exist yet.',
  'finding.dataDir.free': { cli: 'No bridge is running with {dir}.', app: '{dir} is not in use.' },
  'finding.dataDir.inUse': {
    cli: 'A bridge is running with {dir} (process {pid}).',
    app: '{dir} is in use (process {pid}).',
  },
  'finding.dataDir.silent': 'A process is using {dir} but is not responding.',
  'fix.dataDir.unusable': {
    cli: 'Fix or remove the named file or directory; everything must belong to your user. Use --data-dir to choose another directory.',
    app: 'Fix or remove the named file or directory; everything must belong to your user.',
  },
  'fix.dataDir.silent': {
    cli: 'If this continues, stop the unresponsive bridge and start it again.',
    app: 'If this continues, end that process and start the app again.',
  },

  'finding.upstream.found': {
    one: '{name} responds at {url} and has {count} model.',
    other: '{name} responds at {url} and has {count} models.',
  },
  'fix.upstream.none': {
    cli: 'Start Ollama (https://ollama.com/download), or set your model server’s address: --upstream <url>',
    app: 'Start Ollama (https://ollama.com/download), or set your model server’s address in the settings.',
  },
  'fix.upstream.silent': {
    cli: 'Start the model server there, or set its address: --upstream <url>',
    app: 'Start the model server there, or set its address in the settings.',
  },
  'fix.upstream.needsKey': {
    cli: 'Set its API key: cloudtolocalllm upstream set-key',
    app: 'Enter its API key in the settings.',
  },
  'fix.upstream.keyRefused': {
    cli: 'Set the correct API key: cloudtolocalllm upstream set-key',
    app: 'Enter the correct API key in the settings.',
  },
  'fix.upstream.loading':
    'Wait until the model is loaded. If it does not finish loading, check the model server’s log.',
  'fix.upstream.failing': 'Check the model server’s log, and restart it.',
  'fix.upstream.noModels.ollama': {
    cli: 'Get a model: ollama pull llama3.2',
    app: 'Get a model in Ollama, such as llama3.2.',
  },
  'fix.upstream.noModels.other': 'Load a model in {name}.',

  'finding.exposure.none': 'The model server does not appear to be exposed to the network.',
  'finding.exposure.reachable':
    'The model server is also reachable at {origins}: anyone on that network can use it without a key.',
  'finding.exposure.variable': {
    cli: 'OLLAMA_HOST={host} exposes Ollama to the network: anyone there can use it without a key.',
    app: 'Ollama is exposed to the network: anyone there can use it without a key.',
  },
  'fix.exposure': {
    cli: 'Unset OLLAMA_HOST where Ollama is started (or set it to 127.0.0.1), turn off "Expose Ollama to the network" or "Serve on local network", and restart it. The bridge only needs access from this computer.',
    app: 'Turn off “Expose Ollama to the network” or “Serve on local network” in the model server’s settings, and restart it. The app only needs access from this computer.',
  },

  'finding.secrets.keychain': 'Secrets are stored in the system keychain, which is unlocked.',
  'finding.secrets.file': 'Secrets are stored in a file that only you can read.',
  'finding.secrets.memory': {
    cli: 'CLOUDTOLOCALLLM_SECRETS=memory: secrets are lost when the bridge stops.',
    app: 'Secrets are kept in memory only and are lost when the app quits.',
  },
  'fix.secrets.unavailable': {
    cli: 'Unlock the keychain and try again. Without one, set CLOUDTOLOCALLLM_SECRETS=file to store secrets in a private file, then pair again.',
    app: 'Unlock the keychain and try again.',
  },
  'fix.secrets.memory': {
    cli: 'Unset CLOUDTOLOCALLLM_SECRETS to keep them.',
    app: 'Allow the app to keep them in a private file, or set up a system keychain.',
  },

  'finding.proxy': '{way} The model server is always contacted directly.',
  'finding.proxy.through': 'The relay is reached through the proxy {proxy}.',
  'finding.proxy.local': 'The relay is reached directly: it is on this computer.',
  'finding.proxy.none': 'The relay is reached directly: no proxy is set.',
  'finding.proxy.exempt': {
    cli: 'The relay is reached directly: {variable} is set, but NO_PROXY or the kind of URL exempts it.',
    app: 'The relay is reached directly: a proxy is set, but not for this relay.',
  },
  'fix.proxy.invalid': {
    cli: 'Correct the variable, or add the relay’s host to NO_PROXY.',
    app: 'Correct the proxy’s address in the system’s network settings.',
  },

  'finding.relay.found': 'A relay responds at {url} (version {version}).',
  'finding.relay.protocols': '{found} It supports protocol {theirs}, this device {ours}.',
  'finding.relay.warning': '{found} {warning}',
  'finding.relay.unreachable': 'The relay at {url} cannot be reached: {why}.',
  'finding.relay.unreachableThrough':
    'The relay at {url} cannot be reached through the proxy {proxy}: {why}.',
  'finding.relay.stranger': 'The server at {url} is not a relay (HTTP {status}).',
  'finding.relay.strangerNamed': 'The server at {url} is not a relay (HTTP {status}, from {server}).',
  'finding.relay.unknown': 'No relay is known: this device is not paired.',
  'fix.relay.unknown': {
    cli: 'Specify the relay: --relay https://<host>',
    app: 'Connect this device to a relay.',
  },
  'fix.relay.protocols': 'Update the older of the two.',
  'fix.relay.warning': 'Use https:// for the relay.',
  'fix.relay.stranger':
    'Check that this is the relay’s URL, and that the server there forwards all requests to it.',
  'fix.relay.redirect': 'The server redirects to {location}. Use the URL of the relay itself.',

  'cause.dns': 'its name cannot be resolved (DNS)',
  'cause.noRoute': 'there is no route to it from this network (TCP)',
  'cause.silent': 'it did not respond in time (TCP)',
  'cause.closed': 'it closes the connection',
  'cause.refused': 'nothing is listening on that port (TCP)',
  'cause.selfSigned': 'its certificate is self-signed (TLS)',
  'cause.untrusted':
    'its certificate comes from an authority that this computer does not trust, or the chain is incomplete (TLS)',
  'cause.expired': 'its certificate has expired (TLS)',
  'cause.notYetValid': 'its certificate is not valid yet (TLS)',
  'cause.otherName': 'its certificate is for another name (TLS)',
  'cause.noTls': 'it does not speak TLS on this port',
  'cause.tls': 'the TLS handshake with it fails',
  'cause.noHttp': 'it does not speak HTTP',
  'cause.proxyRefused': 'the proxy refuses to connect to it (HTTP {status})',
  'cause.unknown': { cli: '{message}', app: 'the connection fails' },
  'fix.dns': 'Check the spelling of the name, and that this computer is online.',
  'fix.noRoute': 'Check that this computer is online, and that no VPN or firewall blocks the connection.',
  'fix.silent': 'Check that it is running, and that no firewall drops connections to this port.',
  'fix.closed':
    'Check that the URL begins with https:// if it speaks TLS, and that no firewall or filter closes the connection.',
  'fix.refused': 'Check that it is running, and that the port in the URL is correct.',
  'fix.selfSigned': {
    cli: 'If you trust it, save the certificate of its authority as a PEM file and set CLOUDTOLOCALLLM_CA_FILE to that file.',
    app: 'If you trust it, add the certificate of its authority to those that this computer trusts.',
  },
  'fix.untrusted': 'Configure the server to send its full certificate chain. {trust}',
  'fix.expired': 'Renew the certificate, and check the date on this computer.',
  'fix.notYetValid': 'Check the date on this computer: it is probably wrong.',
  'fix.otherName': 'Use the name that the certificate is for, or give the server a certificate for this one.',
  'fix.noTls': 'Check the port, or use http:// for a relay on this computer or on a private network.',
  'fix.tls': 'Check that the server supports TLS 1.2 or newer and serves this name.',
  'fix.proxyPassword': {
    cli: 'The proxy requires a user name and password: HTTPS_PROXY=http://<user>:<password>@<proxy>:<port>',
    app: 'The proxy requires a user name and password. Ask its operator to exempt this computer.',
  },
  'fix.proxyRefused': {
    cli: 'Ask the proxy’s operator to allow CONNECT to the relay, or add its host to NO_PROXY if it can be reached directly.',
    app: 'Ask the proxy’s operator to allow CONNECT to the relay, or exempt its host in the system’s proxy settings.',
  },
  'fix.connection': 'Check the URL, the network and the proxy settings.',

  'finding.clock.unknown': 'The relay does not report its time.',
  'finding.clock.same': 'The clocks of this computer and the relay agree ({apart} apart).',
  'finding.clock.ahead': 'This computer’s clock is {apart} ahead of the relay’s.',
  'finding.clock.behind': 'This computer’s clock is {apart} behind the relay’s.',
  'fix.clock': 'Correct the wrong clock, preferably by turning on automatic time.',

  'finding.credential.none': 'No credential is stored: this device is not paired with a relay.',
  'finding.credential.otherRelay': 'This device is paired with {paired}, not with {relay}.',
  'finding.credential.expired': 'This device’s credential expired on {date}.',
  'finding.credential.refused': ERRORS.CREDENTIAL_INVALID.text,
  'finding.credential.audience': ERRORS.AUDIENCE_UNCONFIRMED.text,
  'finding.credential.valid': 'This device’s credential is valid until {until}; {state}.',
  'finding.credential.unknownDate': 'an unknown date',
  'finding.credential.signedIn': 'This device is signed in with {issuer}; {state}.',
  'finding.credential.renews': {
    cli: 'the access token has expired, and the bridge renews it when it starts',
    app: 'the access token has expired, and the app renews it when it connects',
  },
  'finding.credential.online': 'the relay accepts it and sees this device online',
  'finding.credential.offline': 'the relay accepts it and sees this device offline',
  'finding.credential.unconfirmed': 'the relay could not confirm it',
  'finding.credential.unconfirmedStatus': 'the relay could not confirm it (HTTP {status})',
  'fix.credential.pair': {
    cli: 'Pair this device: cloudtolocalllm pair --relay {relay} <code>',
    app: 'Sign out in the settings, then sign in or pair again.',
  },
  'fix.credential.signIn': {
    cli: 'Sign in again: cloudtolocalllm bridge --relay {relay} --sign-in',
    app: 'Sign out in the settings, then sign in again.',
  },
  'fix.credential.renew': {
    cli: 'Start the bridge: it renews the credential while it is online.',
    app: 'Keep the app running: it renews the credential while it is online.',
  },
  'fix.credential.unreadable': 'Fix the problems reported above, or pair again.',

  'finding.websocket.accepted': 'The relay accepts this device’s WebSocket.',
  'finding.websocket.works': 'WebSockets work: the relay itself refused one without a valid credential.',
  'finding.websocket.failed': 'The WebSocket could not be opened: {why}.',
  'finding.websocket.version': 'The relay was not offered the subprotocol of this version.',
  'finding.websocket.refused': 'The relay refused a WebSocket: {reason}',
  'fix.websocket.version':
    'Update the older of the two, and configure the proxy in front of the relay to forward Sec-WebSocket-Protocol.',
  'fix.websocket.refused': 'Try again in a minute.',
  'fix.websocket.nginx':
    'nginx, in the relay’s location block: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";',
  'fix.websocket.caddy':
    'Caddyfile: reverse_proxy supports WebSockets by default; check that /ws/tunnel reaches the relay unchanged.',
  'fix.websocket.cloudflare': 'Cloudflare, Network: turn on WebSockets for the relay’s domain.',
  'fix.websocket.unknown':
    'Configure the proxy in front of the relay to forward WebSocket upgrades at /ws/tunnel, with all their headers.',

  'finding.streaming.works': 'Responses are streamed: {chunks} chunks arrived one after another.',
  'finding.streaming.interrupted': 'A streamed response was interrupted: {why}.',
  'finding.streaming.untested': 'Streaming could not be tested (HTTP {status}).',
  'finding.streaming.short': 'A streamed response ended after {arrived} of {chunks} chunks.',
  'finding.streaming.collected':
    '{which} of a test response arrived within {spread}, after {after}, though the relay sends one every {interval}: a proxy in front of the relay buffers them, so tokens arrive in bursts.',
  'finding.streaming.all': 'All {chunks} chunks',
  'finding.streaming.some': '{size} of {chunks} chunks',
  'fix.streaming.untested': 'Update the relay, and configure the proxy in front of it to forward every path.',
  'fix.streaming.nginx': 'nginx, in the relay’s location block: proxy_buffering off; proxy_http_version 1.1;',
  'fix.streaming.caddy':
    'Caddyfile, in the relay’s site: remove encode and flush_interval. Caddy flushes streams immediately by default.',
  // Quick tunnels buffer only GET: cloudflare/cloudflared#1449.
  'fix.streaming.cloudflare':
    'Cloudflare: add a Configuration Rule for the relay’s host with response body buffering "None". If you use a cloudflared quick tunnel, switch to a named tunnel: quick tunnels buffer responses to GET.',
  'fix.streaming.unknown':
    'Turn off response buffering and compression in the proxy in front of the relay. If there is none, check for software that inspects traffic on this computer or network.',
} as const satisfies TextTable

export const checkWords = keyedTexts(CHECK_WORDS)
