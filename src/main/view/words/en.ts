import type { ErrorCode } from '../../../shared/errors.ts'
import type { Catalogue } from '../../../shared/i18n/catalogue.ts'
import { CHECKS_EN } from './checks/en.ts'
import { ERRORS_EN } from './errors/en.ts'
import { REQUESTS_EN } from './requests/en.ts'

/** Texts that the main process chooses: states, problems, tray, menus, notifications, dialogs. */
export const EN = {
  'action.reconnect': 'Reconnect',
  'action.pause': 'Pause',
  'action.resume': 'Resume',
  'action.signInAgain': 'Sign in again',
  'action.retrySecrets': 'Try again',
  'action.keepSecretsInFile': 'Store in a file',
  'action.detectUpstream': 'Search again',
  'action.getOllama': 'Get Ollama',
  'action.startUpstream': 'Start Ollama',
  'action.cancelPull': 'Cancel',
  'action.renewDefaultKey': 'Create a default key',
  'action.checkForUpdates': 'Check for updates',
  'action.downloadUpdate': 'Download',
  'action.installUpdate': 'Restart to update',
  'action.openReleases': 'Open releases',
  'action.openLogs': 'Open log folder',
  'action.tryNow': 'Try now',
  'action.tryAgain': 'Try again',
  'action.signInInstead': 'Sign in again instead',
  'action.changeRelay': 'Change relay',
  'action.allowNetwork': 'Allow on this network',
  'action.setUpAgain': 'Set up again',

  'start.failed': 'CloudToLocalLLM cannot start',

  'connection.starting': 'Starting',
  'connection.starting.detail': 'CloudToLocalLLM is starting.',
  'connection.starting.relay': 'Starting the relay on this computer.',
  'connection.signedOut': 'Not set up',
  'connection.signedOut.detail': 'Connect this computer to a relay to reach your models from anywhere.',
  'connection.off': 'Paused',
  'connection.off.detail': 'Nobody can reach your models until you resume.',
  'connection.asleep': 'Asleep',
  'connection.asleep.detail': 'This computer is going to sleep. It reconnects when it wakes up.',
  'connection.noNetwork': 'No network',
  'connection.noNetwork.detail':
    'This computer is not connected to a network. It reconnects when the network is back.',
  'connection.draining': 'Finishing',
  'connection.draining.detail': {
    one: 'Quits when {count} running request has finished. New requests are rejected.',
    other: 'Quits when {count} running requests have finished. New requests are rejected.',
  },
  'connection.keychain': 'Keychain unavailable',
  'connection.connecting': 'Connecting',
  'connection.reconnecting': 'Reconnecting',
  'connection.connecting.detail': 'Connecting to {relay}.',
  'connection.online': 'Online',
  'connection.online.detail': 'Your models can be reached through {relay}.',
  'connection.online.local': 'Only this computer can reach this relay.',
  'connection.online.network':
    'Devices on the same network can reach your models through the built-in relay.',
  'connection.demo': 'Online with the demo model',
  'connection.demo.detail': 'Connected to {relay}. Answers are made up until a model server is running.',
  'connection.down': 'No model server',
  'connection.down.detail': 'Connected to {relay}, but requests fail because no model server is responding.',
  'connection.needsKey': 'API key needed',
  'connection.needsKey.detail':
    'Connected to {relay}, but requests fail because the model server requires an API key.',
  'connection.keyRefused': 'API key not accepted',
  'connection.keyRefused.detail':
    'Connected to {relay}, but requests fail because the model server does not accept the API key.',
  'connection.loading': 'Loading a model',
  'connection.loading.detail':
    'Connected to {relay}. Requests are answered once the model server has loaded its model.',
  'connection.failing': 'Model server problem',
  'connection.failing.detail':
    'Connected to {relay}, but requests fail because the model server returns errors.',
  'connection.noModels': 'No models yet',
  'connection.noModels.detail': 'Connected to {relay}. Add a model to the model server to use it.',
  'connection.theRelay': 'the relay',
  'connection.builtIn': 'the built-in relay',

  'waiting.DRAINING': 'The relay is restarting.',
  'waiting.TOO_MANY_CONNECTIONS': 'The relay has no free connections at the moment.',
  'waiting.TOO_MANY_REQUESTS': 'The relay is limiting requests from this device.',
  'waiting.TOKEN_EXPIRED': 'Your sign-in is being renewed.',
  'waiting.ISSUER_UNREACHABLE':
    'The identity provider is not responding, so your sign-in cannot be verified.',
  'waiting.builtIn': 'The built-in relay is not responding. The app restarts it automatically.',

  'blocked.signIn': 'Sign-in needed',
  'blocked.signIn.again': '{reason} Sign in or pair again to continue.',
  'blocked.signIn.any': 'The relay does not accept this device.',
  'blocked.CREDENTIAL_INVALID': 'The relay no longer accepts this device.',
  'blocked.CREDENTIAL_EXPIRED': 'This device was offline for so long that its access has expired.',
  'blocked.PROOF_INVALID': 'This device could not prove that it owns its credential.',
  'blocked.AUDIENCE_UNCONFIRMED': 'Your sign-in is not meant for this relay.',
  'blocked.DEVICE_REVOKED':
    'This device was revoked, on another of your devices or by the person who runs the relay.',
  'blocked.NOT_PAIRED': 'This device is not paired with a relay yet.',
  'blocked.SIGN_IN_EXPIRED': 'Your sign-in has expired.',
  'blocked.stopped': 'Stopped',
  'blocked.stopped.detail': 'The relay rejected this device: {reason}',
  'blocked.builtIn': 'The built-in relay no longer accepts this computer. Set it up again to continue.',
  'blocked.replaced': 'Taken over',
  'blocked.replaced.detail':
    'Another app is running as this device and has taken over the connection. Quit the other app, then reconnect. If it is a copy of this installation, sign in again on one of them.',
  'blocked.tooOld': 'Update needed',
  'blocked.tooOld.detail':
    'This app and the relay have no version in common. Update the app. If it is up to date, ask the person who runs the relay to update it.',
  'blocked.limit': 'Device limit reached',
  'blocked.limit.detail':
    'This relay does not accept any more of your devices. Disconnect another device first, then reconnect.',

  'error.RELAY_UNREACHABLE':
    'The relay cannot be reached. Check the address, the network and the proxy settings.',
  'error.RELAY_REFUSED':
    'Something answered at the relay’s address, but it is not a relay. Check the address.',
  'error.PAIRING_CODE_INVALID':
    'The pairing code is wrong, already used or expired. Use the code that the relay shows now.',
  'error.PAIRING_LOCKED':
    'Too many wrong pairing codes. Wait a minute and use the code that the relay shows now.',
  'error.SIGN_IN_FAILED': 'Sign-in failed. Try again.',
  'error.OFFLINE': 'This computer is offline.',
  'error.CARRIER_DEAD': 'The connection stopped responding and was dropped.',
  'error.HELLO_TIMEOUT': 'The relay did not answer in time.',
  'error.SECRETS_UNAVAILABLE':
    'The system keychain cannot be used right now. Unlock it and try again. Nothing in it was changed.',
  'error.KEY_NOT_FOUND': 'This key does not exist. It may already have been revoked.',
  'error.SCOPE_MISSING': 'The key does not have the permission that the request needs.',
  'error.MODEL_NOT_ALLOWED': 'The key does not allow this model.',
  'error.UPSTREAM_UNREACHABLE': 'The model server is not responding. Check that it is running.',
  'error.UPSTREAM_FAILED': 'The model server stopped in the middle of its answer.',
  'error.TOO_MANY_REQUESTS': 'Too many requests. Wait a moment.',
  'error.TUNNEL_LOST': 'The connection was lost before the answer was complete.',
  'error.INTERNAL': 'Something went wrong. See the log for details.',

  'problem.relayLocal': 'Only this computer can reach this relay',
  'problem.relayLocal.text':
    'Its address works on this computer only. To reach your models from a phone or elsewhere, use a relay on the internet.',
  'problem.relayLocal.builtIn':
    'To use your models from a phone at home, change the relay to “Home network”. To use them from elsewhere, use a relay on the internet.',
  'problem.builtInRelayFailed': 'The built-in relay is not running',
  'problem.builtInRelayFailed.portInUse':
    'Another program is using port {port}. Close that program, and the relay starts automatically.',
  'problem.builtInRelayFailed.stopped':
    'It stopped unexpectedly. The app restarts it automatically. If it keeps stopping, see the log for the reason.',
  'problem.networkNotAllowed': 'Not reachable on this network',
  'problem.networkNotAllowed.text':
    'For your security, phones and computers on this network cannot use the relay. Allow it only on a network that you trust.',
  'problem.networkMissing.text':
    'This computer is not connected to a network. Once it is back on your home network, your phone can use the relay again.',
  'problem.keychainEmptied': 'Your keychain has changed',
  'problem.keychainEmptied.text':
    'It no longer contains this app’s secrets: it was emptied or replaced. Sign in again, or restore the previous keychain and restart the app.',
  'problem.secretsInMemory': 'Your sign-in is not saved',
  'problem.secretsInMemory.text':
    'No system keychain is available, so your sign-in is lost when the app quits. It can be stored in a file that only your user account can read.',
  'problem.relayNotEncrypted': 'The connection is not encrypted',
  'problem.relayNotEncrypted.text':
    'Anyone on the network between this computer and {relay} can read the traffic.',
  'problem.relayNotEncrypted.builtIn':
    'Anyone on your home network can read the traffic between your devices and this computer. Use this relay only on a network that you trust.',
  'problem.trayUnavailable': 'No tray icon',
  'problem.trayUnavailable.text':
    'This desktop does not show tray icons, so closing the window quits the app. Minimize it instead. On GNOME, the extension “AppIndicator and KStatusNotifierItem Support” adds them.',
  'problem.updateReady': 'Update ready',
  'problem.updateAvailable': 'Update available',
  'problem.secretsInFile': 'Your sign-in is stored in a file',
  'problem.secretsInFile.text':
    'It is stored in a file that only your user account can read, not in the system keychain.',
  'problem.notice': 'Please note',

  'relay.paired': 'Paired',
  'relay.signedIn': 'Signed in with {issuer}',

  'upstream.looking': 'Searching for a model server',
  'upstream.looking.detail': 'Checking this computer for Ollama, LM Studio, llama.cpp and vLLM.',
  'upstream.demo': 'Demo model',
  'upstream.demo.detail':
    'Returns made-up text until a real model server is running. Install Ollama to use your own models.',
  'upstream.here': 'On this computer.',
  'upstream.elsewhere': 'On another computer.',
  'upstream.noModels.ollama': 'No models yet. Download a first one below.',
  'upstream.noModels.other': 'No models yet. Load one in the model server.',
  'upstream.needsKey': 'Model server requires an API key',
  'upstream.needsKey.detail': '{server} requires an API key. Enter the key in the settings.',
  'upstream.keyRefused': 'API key not accepted',
  'upstream.keyRefused.detail':
    '{server} does not accept the API key. Enter the correct key in the settings.',
  'upstream.loading': 'Loading a model',
  'upstream.loading.detail': '{server} is loading a model. Requests are answered once it is loaded.',
  'upstream.failing': 'Model server has a problem',
  'upstream.failing.detail': '{server} returns errors. See its log for details. Restarting it may help.',
  'upstream.none': 'No model server found',
  'upstream.none.detail':
    'Start Ollama, LM Studio, llama.cpp or vLLM on this computer. The app detects it automatically.',
  'upstream.silent': 'Model server not responding',
  'upstream.silent.detail':
    'Nothing is responding at {url}. The app detects the server as soon as it starts.',

  'pull.running': 'Downloading {model}',
  'pull.progress': 'Downloading {model}: {done} of {total}',
  'pull.done': '{model} is ready.',
  'pull.unknown': 'Ollama’s library has no model “{model}”. Check the name.',

  'chat.failed': 'The model did not answer. Try again, or run the checks on the Diagnostics page.',

  'request.chat': 'Chat',
  'request.completion': 'Text completion',
  'request.embeddings': 'Embeddings',
  'request.models': 'Model list',
  'request.modelDetails': 'Model details',
  'request.loaded': 'Loaded models',
  'request.pull': 'Model download',
  'request.create': 'New model',
  'request.delete': 'Model deletion',
  'request.copy': 'Model copy',
  'request.kept': 'Kept answer',
  'request.tokens': 'Token count',
  'request.version': 'Version',
  'request.keptFor': {
    one: 'Kept, {count} min left',
    other: 'Kept, {count} min left',
  },
  'request.status': 'The model server responded with status {status}.',

  'update.unsupported':
    'This copy of the app cannot be updated automatically, because it was not installed as a package.',
  'update.notChecked': 'Not checked for updates yet.',
  'update.upToDate': 'Version {version} is up to date.',
  'update.checking': 'Checking for updates.',
  'update.available': 'Version {version} is available.',
  'update.packageManager': 'Version {version} is available. Install it with your system’s package manager.',
  'update.packageManager.command':
    'Version {version} is available. To install it with your package manager, download the package and run: {command}',
  'update.downloading': 'Downloading version {version}.',
  'update.installing': 'Installing version {version}.',
  'update.failed': '{reason} Version {version} is still running.',
  'update.waitsForRequests': 'Version {version} will be installed when the running requests have finished.',
  'update.waitsForQuiet':
    'Version {version} will be installed after a period without requests. You can also install it now.',
  'update.waitsForQuit': 'Version {version} will be installed when you quit. You can also install it now.',
  'update.ready': 'Version {version} is ready to install.',

  'tray.upstream': { one: '{name}, {count} model', other: '{name}, {count} models' },
  'tray.hideWindow': 'Hide window',
  'tray.showWindow': 'Show window',
  'tray.reconnect': 'Reconnect now',
  'tray.copyUrl': 'Copy address',
  'tray.copyKey': 'Copy key',
  'tray.recent': 'Recent requests',
  'tray.noRecent': 'None yet',
  'tray.settings': 'Settings…',
  'tray.about': 'About CloudToLocalLLM',
  'tray.quit': 'Quit',
  'tray.quitNow': 'Quit now',
  'tray.pull': 'Downloading {model}: {percent}',
  'tray.jobs': { one: '{count} job', other: '{count} jobs' },
  'tray.running': 'running',
  'tray.done': 'done',
  'tray.failed': 'failed',
  'tray.cancelled': 'cancelled',
  'tray.tokensPerSecond': '{speed} tok/s',
  'tray.update.available': 'Version {version} is available…',
  'tray.update.downloading': 'Downloading {version}',
  'tray.update.waiting': 'Updates to {version} when requests finish',
  'tray.update.ready': 'Restart to update to {version}',
  'tray.update.installing': 'Updating to {version}',
  'tray.update.checking': 'Checking for updates',
  'tray.update.check': 'Check for updates',

  'notification.stillRunning': 'CloudToLocalLLM is still running',
  'notification.stillRunning.tray': 'You can quit it from the tray icon.',
  'notification.stillRunning.hidden': 'Start it again to open its window.',
  'notification.newClient': 'New client',
  'notification.newClient.text': 'The key “{key}” was used for the first time.',
  'notification.relayDown': 'The relay cannot be reached',
  'notification.relayDown.text':
    'Your models have not been reachable for five minutes. The app keeps trying.',

  'quit.question': { one: '{count} request still running', other: '{count} requests still running' },
  'quit.detail':
    'Quitting now interrupts running requests. CloudToLocalLLM can stop accepting new requests instead, and quit when the running ones have finished.',
  'quit.whenFinished': 'Quit when finished',
  'quit.now': 'Quit now',
  'quit.cancel': 'Cancel',

  'menu.app': 'CloudToLocalLLM',
  'menu.edit': 'Edit',
  'menu.view': 'View',
  'menu.window': 'Window',
  'menu.settings': 'Settings…',
  'menu.about': 'About CloudToLocalLLM',
  'menu.quit': 'Quit',
  'menu.close': 'Close window',
  'menu.zoomIn': 'Zoom in',
  'menu.zoomOut': 'Zoom out',
  'menu.zoomReset': 'Actual size',
  'menu.undo': 'Undo',
  'menu.redo': 'Redo',
  'menu.cut': 'Cut',
  'menu.copy': 'Copy',
  'menu.paste': 'Paste',
  'menu.selectAll': 'Select all',
  'menu.minimize': 'Minimize',
  'page.status': 'Status',
  'page.connect': 'Connect',
  'page.keys': 'Keys',
  'page.requests': 'Requests',
  'page.jobs': 'Jobs',
  'page.devices': 'Devices',
  'page.settings': 'Settings',
  'page.diagnostics': 'Diagnostics',

  'snippet.terminal': 'In a terminal on Linux or macOS.',
  'snippet.powerShell': 'In PowerShell on Windows, with the Ollama CLI.',
  'snippet.curl': 'In a terminal on Linux or macOS, or in Git Bash.',
  'snippet.sdk': 'In JavaScript or TypeScript. In Python, the options are base_url and api_key.',
  'snippet.openWebUi': 'In Admin Settings → Connections → OpenAI → Manage → Add New Connection.',
  'snippet.continue': 'In ~/.continue/config.yaml. If it already has models, add this entry to the list.',
  'snippet.cursor':
    'In Cursor Settings → Models. Cursor sends requests from its own servers, so the address must be reachable from the internet.',
  'snippet.cline': 'In Cline’s settings, with “OpenAI Compatible” as the API provider.',
  'snippet.zed':
    'In Zed’s settings.json. Enter the key in the agent panel’s settings, or set it in the environment variable CLOUDTOLOCALLLM_API_KEY.',
  'snippet.homeAssistant':
    'In Settings → Devices & services → Add integration → Ollama. It has no field for a key, so the address contains it.',
  'snippet.n8n': 'In Credentials → Add credential → OpenAI.',
  'snippet.claudeCode': 'In a terminal on Linux or macOS.',
  'snippet.codex':
    'In ~/.codex/config.toml. Codex reads the key from the environment variable CLOUDTOLOCALLLM_API_KEY.',

  ...CHECKS_EN,
  ...ERRORS_EN,
  ...REQUESTS_EN,
} as const satisfies Catalogue & Readonly<Record<`error.${ErrorCode}`, string>>

export type ViewCatalogue = typeof EN
