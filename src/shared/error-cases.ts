import { keyedTexts, type TextTable } from './words.ts'

/** Sentences about the specific case of an error that a user of the app's window can meet. */
export const ERROR_CASES = {
  'case.relayUrl.form': {
    cli: '--relay: must look like https://relay.example.com',
    app: 'The relay’s address must look like https://relay.example.com.',
  },
  'case.relayUrl.user': {
    cli: '--relay: must not contain a user name or password',
    app: 'The relay’s address must not contain a user name or password.',
  },
  'case.relayUrl.query': {
    cli: '--relay: must not contain "?" or "#"',
    app: 'The relay’s address must not contain “?” or “#”.',
  },
  'case.relayUrl.plain': {
    cli: '--relay: http:// would send this device’s credential in cleartext. Use https://, or set CLOUDTOLOCALLLM_ALLOW_INSECURE=1',
    app: 'An address with http:// would send this device’s credential in cleartext. Use https://.',
  },
  'case.relayUrl.unencrypted':
    'The connection to {host} is not encrypted: anyone on the network can read the traffic.',
  'case.relayUrl.moved': {
    cli: '{origin} redirects to another URL (HTTP {status}). Use --relay {target}',
    app: '{origin} redirects to another URL. Use {target}',
  },
  'case.proxyUrl': {
    cli: 'HTTPS_PROXY, HTTP_PROXY or ALL_PROXY must be a URL like http://proxy:3128',
    app: 'The proxy’s address must be a URL like http://proxy:3128.',
  },

  'case.pairingCode': 'This is not a pairing code. Use the code that the relay shows, such as ABCD-2345.',
  'case.identityDamaged': {
    cli: 'The stored identity of this device is damaged ({fields}). Pair again: cloudtolocalllm pair --relay <url> <code>',
    app: 'The stored identity of this device is damaged. Sign in or pair again.',
  },
  'case.signIn.pairOnly': 'This relay has no identity provider: pair with the code that it shows.',
  'case.signIn.late': 'The sign-in was not completed in time. Try again.',
  'case.signIn.cancelled': 'The sign-in was cancelled.',
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
  'case.upstream.failing': '{server} responds with an error (status {status}).',
  'case.upstream.none':
    'No model server was found on this computer (Ollama, LM Studio, llama.cpp, vLLM). Check that one is running.',
  'case.upstream.stranger': 'The server at {url} is not a model server. Check the address.',
  'case.upstream.silent': 'No model server is responding at {url}. Check that it is running.',
  'case.upstream.gone': '{server} is not responding. Check that it is running.',
  'case.upstream.url': {
    cli: 'The upstream (--upstream, OLLAMA_HOST) must be host:port or an http(s) URL.',
    app: 'The model server’s address must be host:port or an http(s) URL.',
  },
  'case.upstream.keyFirst': 'Set the model server’s address before its API key.',
  'case.upstream.key': 'The API key of a model server must be one word of at most 1,024 ASCII characters.',
  'case.upstream.keyFile': 'The key file {path} cannot be read.',
  'case.upstream.keyWithoutServer': {
    cli: '{variable} needs --upstream <url>: the key is sent to that server only.',
    app: 'An API key is set for a model server that is not named. Enter the key in the settings instead.',
  },

  'case.ollama.removed': 'Ollama is no longer installed.',
  'case.ollama.notStarted': 'Ollama could not be started.',
  'case.ollama.notRunning': 'Ollama must be running to download models. Start it, then try again.',
  'case.modelName': 'This is not a valid model name. An example is llama3.2.',

  'case.defaultKeyRevoked': {
    cli: 'The default key was revoked. Create a key: cloudtolocalllm keys create --name <name>',
    app: 'The default key was revoked. Create a new default key on the Connect page.',
  },
  'case.addressUnknown': 'The address is not known until the app has connected to a relay.',
  'case.notReady': 'The app is not ready yet. Try again in a moment.',
  'case.windowRequest': 'The window sent an invalid request. Close the window, then open it again.',

  'case.settings.managed': '{names}: managed by your organization and cannot be changed',
  'case.settings.foreignFile': '{path} is not a settings file of this app.',
  'case.settings.policy': {
    cli: '{path} cannot be read: {message}',
    app: 'The administrator’s settings in {path} cannot be read.',
  },
  'case.settings.invalid': '{source}: {mistakes}',
  'case.settings.source.environment': { cli: '{variable}', app: 'Settings of this computer' },
  'case.settings.source.change': { cli: 'settings', app: 'Settings' },
  'case.setting.invalid': { cli: '"{name}" must be {allowed}', app: '“{name}” must be {allowed}.' },
  'case.setting.unknown': { cli: 'there is no setting "{name}"', app: 'There is no setting “{name}”.' },
  'case.setting.notObject': {
    cli: 'must be a JSON object with settings',
    app: 'The settings must be a JSON object.',
  },
  'allowed.number': 'a whole number from {min} to {max}',
  'allowed.switch': 'true or false',
  'allowed.choice': 'one of {values}',
  'allowed.list': 'a list of any of {values}',
  'allowed.url': 'a URL like https://relay.example.com, without a user name, "?" or "#"',
  'allowed.text': 'text of 1 to {max} characters',
  'allowed.other': 'a value in the format that the app exports',
  'allowed.orNull': '{allowed}, or null',

  'case.key.invalid': '{mistakes}',
  'case.key.noName': { cli: '--name: must not be empty', app: 'Give the key a name.' },
  'case.key.longName': {
    cli: '--name: must have at most {max} characters',
    app: 'The name must have at most {max} characters.',
  },
  'case.key.name': {
    cli: '--name: must not contain control characters',
    app: 'The name must not contain control characters.',
  },
  'case.key.scopes': {
    cli: '--scopes: must be one or more of {scopes}',
    app: 'Select at least one permission.',
  },
  'case.key.models': {
    cli: '--models: must name a model',
    app: 'Select at least one model, or all of them.',
  },
  'case.key.longModel': {
    cli: '--models: names must have 1 to {max} characters',
    app: 'The name of a model must have 1 to {max} characters.',
  },
  'case.key.expires': {
    cli: '--expires: must be a date, a duration or never',
    app: 'The key must expire at a time, or never.',
  },
  'case.key.limit': {
    cli: '--{option}: must be a whole number from 1 to {max}',
    app: 'A limit must be a whole number from 1 to {max}.',
  },

  'case.device.current': {
    cli: 'This is the current device: use "cloudtolocalllm sign-out".',
    app: 'This is the current device. Sign it out in the settings.',
  },
  'case.device.ambiguous': {
    cli: 'Several devices have this name. Use the id: cloudtolocalllm devices list',
    app: 'Several devices have this name.',
  },
  'case.device.unknown': {
    cli: 'The relay knows no device with this name. List them: cloudtolocalllm devices list',
    app: 'The relay does not know this device. It may already have been revoked.',
  },

  'case.alreadyRunning': {
    cli: 'Another bridge ({who}) is already using {dir}. Stop it, or choose another directory with --data-dir.',
    app: 'Another bridge ({who}) is already using {dir}. Stop it, then start the app again.',
  },
  'case.alreadyRunning.process': 'process {pid}',
  'case.alreadyRunning.silent': 'an unresponsive process',
  'case.certificates': {
    cli: '{variable}: {path}: {message}',
    app: 'The certificates in {path} cannot be used.',
  },
  'case.certificates.none': 'it contains no certificate',

  'case.dataDir': { cli: '--data-dir: {problem}', app: '{problem}' },
  'case.dataDir.foreign': {
    cli: '{path} belongs to another user (uid {uid}), who could gain access. Run as that user, or choose another data directory.',
    app: '{path} belongs to another user, who could gain access. Run the app as that user, or take ownership of the file or directory.',
  },
  'case.dataDir.writable': {
    cli: 'Other users can write to {path}, and could gain access. Run: chmod go-w {word}',
    app: 'Other users can write to {path}, and could gain access. Change its permissions so that only you can write to it.',
  },
  'case.dataDir.notAFile': '{path} is not a file.',
  'case.dataDir.link':
    '{path} is a symbolic link, which is not followed here. Replace it with the file itself.',
  'case.dataDir.socket': {
    cli: '{dir} is accessible to other users; choose a shorter --data-dir',
    app: 'The directory {dir} is accessible to other users. Change its permissions so that only you have access.',
  },

  'case.file.unusable': '{path} cannot be used: {reason}',
  'case.file.newer': '{path} was written by a newer version. Install that version again.',
  'case.file.notJson': 'it is not JSON',
  'case.file.content': {
    cli: 'unexpected content: {fields}',
    app: 'its content was not written by this app',
  },
  'case.file.damaged': { cli: '{message}', app: 'it is damaged' },
  'case.file.other': { cli: '{message}', app: 'the system reported an error.' },
  'case.file.diskFull': 'the disk is full. Free some space, then try again.',
  'case.file.denied': 'permission denied. Check its owner and permissions.',
  'case.file.readOnly': 'it is on a read-only file system. Choose another path, or make it writable.',
  'case.file.missing': 'part of the path does not exist and cannot be created. Choose another path.',
  'case.file.notADirectory': 'part of the path is a file. Choose another path.',

  'case.keychain': {
    cli: '{trouble} ({reason}). {cure} and try again; its contents were not changed.',
    app: '{trouble}. {cure} and try again; its contents were not changed.',
  },
  'case.keychain.missing': 'No system keychain is available',
  'case.keychain.locked': 'The system keychain is locked',
  'case.keychain.refused': 'The system keychain returned an error',
  'case.keychain.tooLarge': 'The system keychain does not accept a value of this size',
  'case.keychain.silent': 'The system keychain is not responding',
  'case.keychain.emptied':
    'The system keychain no longer contains this device’s secrets: it was emptied or replaced',
  'case.keychain.cure.missing': 'Start or install one (on Linux: GNOME Keyring, KWallet or KeePassXC)',
  'case.keychain.cure.locked': 'Unlock it',
  'case.keychain.cure.refused': 'Check it in the system’s keychain app',
  'case.keychain.cure.tooLarge': {
    cli: 'Configure the identity provider to issue shorter tokens, or set CLOUDTOLOCALLLM_SECRETS=file',
    app: 'Configure the identity provider to issue shorter tokens',
  },
  'case.keychain.cure.silent': 'Find its password prompt and unlock it',
  'case.keychain.cure.emptied': 'Restore the previous keychain',
  'case.secretsKind': {
    cli: 'CLOUDTOLOCALLLM_SECRETS: "{text}" is not one of {kinds}',
    app: '“{text}” is not a place where the app can store secrets. Choose one of {kinds}.',
  },

  'notice.fileReplaced':
    'The file {path} could not be used ({reason}). It was saved as {movedTo} and replaced by an empty one.',
  'notice.usageOff': 'Usage statistics are not recorded: {reason}',
  'notice.usageFailing': {
    cli: 'Usage statistics are not recorded at the moment: {message}',
    app: 'Usage statistics are not recorded at the moment. Check that the disk is not full.',
  },
  'notice.jobsOff': 'Jobs are not available: {reason}',
  'notice.secretsInFile':
    '{trouble}, so this device’s credential is stored in {path}, which only you can read.',
  'notice.secretsInMemory': '{trouble}, so this device’s credential is stored for this run only.',
} as const satisfies TextTable

export const errorCase = keyedTexts(ERROR_CASES)
