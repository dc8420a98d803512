import type { Catalogue } from '../../../shared/i18n/catalogue.ts'

/** First run and new sign-in. */
export const SETUP_EN = {
  'setup.steps': 'Steps',
  'setup.step.relay': 'Relay',
  'setup.step.device': 'This computer',
  'setup.step.test': 'Test',
  'setup.route': 'Path of a request',
  'setup.route.clients': 'Your clients',
  'setup.title': 'Use your models from anywhere',
  'setup.text':
    'A relay forwards requests from your phone and other devices to the models on this computer. Which relay do you want to use?',
  'setup.again': 'Sign in again',
  'setup.change': 'Change relay',
  'setup.change.text': 'The current connection stays active until the new one works.',
  'setup.choice': 'Relay',
  'setup.have': 'I have a relay',
  'setup.create': 'Set one up',
  'setup.here': 'Try it here',
  'setup.address': 'Relay address',
  'setup.addressHint': 'Ask the person who runs the relay, or set one up.',
  'setup.addressMissing': 'Enter the address of a relay.',
  'setup.addressIsKey': 'This is a key or a pairing code. Enter the relay’s address first.',
  'setup.create.text':
    'You need a server with a domain name and free ports 80 and 443. Install CloudToLocalLLM there and run this command. The relay gets its own certificate and prints a link that connects this computer.',
  'setup.create.command': 'On the server',
  'setup.create.docs': 'Open the instructions on GitHub',
  'setup.here.text':
    'This app can run a relay itself. You need neither a server nor an account. Once set up, the relay starts with the app.',
  'setup.here.who': 'Who can reach it',
  'setup.here.network':
    'Phones and computers on the same network. The connection is not encrypted, so choose this only on a network that you trust.',
  'setup.here.computer': 'Programs and browsers on this computer. Nothing else can reach it.',
  'setup.here.networkNote':
    'Away from home, your phone cannot reach it: use a relay with a domain name for that. Your system may ask whether to allow incoming connections.',
  'setup.here.start': 'Start',
  'setup.here.portInUse': 'Another program is using the relay’s port. Close that program, then try again.',
  'setup.here.noNetwork':
    'This computer is not connected to a network. Connect it, or choose “Only this computer”.',
  'setup.here.stopped':
    'The relay stopped unexpectedly. Try again. If it stops again, see the log for the reason.',
  'setup.copyCommand': 'Copy command',
  'join.pair': 'Pair this computer',
  'join.signIn': 'Sign in',
  'join.found.pair': 'Found the relay at {url}. Enter a pairing code to connect this computer.',
  'join.found.signIn': 'Found the relay at {url}. Sign in to connect this computer.',
  'join.local': 'Only this computer can reach this relay.',
  'join.linked': 'Filled in from a link. Continue only if you trust the person who sent it.',
  'join.or': 'or',
  'join.closed': 'This relay does not accept new devices. Ask the person who runs it.',
  'join.other': 'Use another relay',
  'join.code': 'Pairing code',
  'join.code.label': 'One-time code',
  'join.code.hint':
    'The relay prints a code when it starts. Ask the person who runs the relay for it. Each code works once.',
  'join.code.missing': 'Enter the code.',
  'join.code.pair': 'Pair',
  'join.account': 'Your account',
  'join.account.text': 'Opens {issuer} in your browser. This app never sees your password.',
  'join.account.audience':
    '{name} requests access to “{audience}”, which is not its own address. Sign in only if you trust it with that access.',
  'join.account.signIn': 'Sign in with {issuer}',
  'browser.title': 'Continue in your browser',
  'browser.text':
    'Sign in on the {issuer} page that opened in your browser. Setup then continues automatically.',
  'browser.waiting': 'Waiting for you to sign in',
  'works.skip': 'Continue without waiting',
  'works.title': 'It works',
  'works.text': 'Your model answered through the relay.',
  'works.online': 'You are online',
  'works.online.text': 'The last step is one short chat through the relay and back.',
  'works.noServer': 'Almost there',
  'works.noServer.text':
    'This computer is connected to the relay. To answer requests, it needs a model server.',
  'works.clients': 'For your clients',
  'works.start': 'Always available',
} as const satisfies Catalogue
