import { keyedTexts, type TextTable } from './words.ts'

/** Sentences about the specific case of an error that a user of the app's window can meet. */
export const ERROR_CASES = {
  'case.relayUrl.form': {
    cli: '--relay: it must look like https://relay.example.com',
    app: 'The relay’s address must look like https://relay.example.com.',
  },
  'case.relayUrl.user': {
    cli: '--relay: it must not contain a user name or password',
    app: 'The relay’s address must not contain a user name or password.',
  },
  'case.relayUrl.query': {
    cli: '--relay: it must not contain "?" or "#"',
    app: 'The relay’s address must not contain "?" or "#".',
  },
  'case.relayUrl.plain': {
    cli: "--relay: http:// would send this device's credential in cleartext. Use https://, or set CLOUDTOLOCALLLM_ALLOW_INSECURE=1",
    app: "An address with http:// would send this device's credential in cleartext. Use https://.",
  },
  'case.relayUrl.unencrypted':
    'The connection to {host} is not encrypted: anyone on the network can read the traffic.',
  'case.relayUrl.moved': {
    cli: '{origin} redirects to another URL (HTTP {status}). Use --relay {target}',
    app: '{origin} redirects to another URL. Use {target}',
  },
  'case.proxyUrl': {
    cli: 'HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is not a URL like http://proxy:3128',
    app: 'The address of the proxy is not a URL like http://proxy:3128.',
  },

  'case.pairingCode': 'This is not a pairing code. Use the code that the relay shows, such as ABCD-2345.',
  'case.identityDamaged': {
    cli: 'The stored identity of this device is damaged ({fields}). Pair again: cloudtolocalllm pair --relay <url> <code>',
    app: 'The stored identity of this device is damaged. Sign in or pair again.',
  },
  'case.signIn.pairOnly': 'This relay has no identity provider: pair with the code that it shows.',
  'case.signIn.late': 'The sign-in was not completed in time. Try again.',
  'case.signIn.cancelled': 'Sign-in was cancelled.',
  'case.signIn.declined': 'The sign-in was declined.',
  'case.signIn.refused': 'The identity provider refused the sign-in: {reason}',
  'case.signIn.unsafe': '{host} is not a safe place to sign in: it does not use https.',
  'case.signIn.unusable': {
    cli: 'The identity provider’s response cannot be used: {reason}.',
    app: 'The identity provider’s response cannot be used.',
  },
  'case.signIn.browser': 'The browser could not be opened.',
  'case.signIn.audience': {
    cli: 'The relay at {url} requests access tokens for {audience}, which is not its own URL. If you trust it with those, add --audience {audience}.',
    app: 'The relay at {url} requests access tokens for {audience}, which is not its own URL. If you trust it with those, sign in again and confirm the audience.',
  },

  'upstream.at': '{name} at {url}',
  'case.upstream.server': 'The model server',
  'case.upstream.needsKey': '{server} requires an API key.',
  'case.upstream.keyRefused': '{server} does not accept the API key that is set for it.',
  'case.upstream.loading': '{server} is still loading a model.',
  'case.upstream.failing': '{server} answers with an error (status {status}).',
  'case.upstream.none':
    'No model server was found on this computer (Ollama, LM Studio, llama.cpp, vLLM). Is one running?',
  'case.upstream.stranger': 'The server at {url} is not a model server. Check the address.',
  'case.upstream.silent': 'No model server responds at {url}. Is it running?',
  'case.upstream.gone': '{server} does not respond. Is it running?',
  'case.upstream.url': {
    cli: 'The upstream (--upstream, OLLAMA_HOST) must be host:port or an http(s) URL.',
    app: 'The model server’s address must be host:port or an http(s) URL.',
  },
  'case.upstream.keyFirst': 'Set the model server’s address before its API key.',
  'case.upstream.key': 'The API key of a model server is one word of at most 1,024 ASCII characters.',

  'case.ollama.removed': 'Ollama is no longer installed.',
  'case.ollama.notStarted': 'Ollama could not be started.',
  'case.ollama.notRunning': 'Only a running Ollama can download models.',
  'case.modelName': 'This is not the name of a model. An example is llama3.2.',

  'case.defaultKeyRevoked': {
    cli: 'The default key was revoked. Create a key: cloudtolocalllm keys create --name <name>',
    app: 'The default key was revoked. Create a new default key on the Connect page.',
  },
  'case.addressUnknown': 'The address is not known until the app has been online.',
  'case.notReady': 'The app is not ready yet. Try again in a moment.',
  'case.settings.managed': '{names}: managed by your organization and cannot be changed',
  'case.settings.foreignFile': '{path} is not a settings file of this app.',
  'case.file.unusable': '{path} cannot be used: {reason}',
  'case.file.diskFull': 'the disk is full. Free some space, then try again.',
  'case.file.denied': 'permission denied. Check its owner and permissions.',
  'case.file.readOnly': 'it is on a read-only file system. Choose another path, or make it writable.',
  'case.file.notADirectory': 'part of the path is a file. Choose another path.',

  'case.keychain': {
    cli: '{trouble} ({reason}). {cure} and try again; its contents were not changed.',
    app: '{trouble}. {cure} and try again; its contents were not changed.',
  },
  'case.keychain.missing': 'No system keychain is available',
  'case.keychain.locked': 'The system keychain is locked',
  'case.keychain.refused': 'The system keychain does not work',
  'case.keychain.tooLarge': 'The system keychain does not accept a value of this size',
  'case.keychain.silent': 'The system keychain does not respond',
  'case.keychain.emptied':
    'The system keychain no longer contains this device’s secrets: it was emptied or replaced',
  'case.keychain.cure.missing': 'Start or install one (on Linux GNOME Keyring, KWallet or KeePassXC)',
  'case.keychain.cure.locked': 'Unlock it',
  'case.keychain.cure.refused': 'Check it in the system’s keychain app',
  'case.keychain.cure.tooLarge': {
    cli: 'Have the identity provider issue shorter tokens, or set CLOUDTOLOCALLLM_SECRETS=file',
    app: 'Have the identity provider issue shorter tokens',
  },
  'case.keychain.cure.silent': 'Find its password prompt and unlock it',
  'case.keychain.cure.emptied': 'Restore the previous keychain',
} as const satisfies TextTable

export const errorCase = keyedTexts(ERROR_CASES)
