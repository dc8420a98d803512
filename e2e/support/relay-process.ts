/**
 * A relay in a separate process, with settings from its argument, as JSON. Prints its URL and its port; answers each
 * owner's name with a pairing code.
 */
import { startTestRelay } from './stack.ts'
import { answerQuestions, say } from './separate-process.ts'

const relay = await startTestRelay(JSON.parse(process.argv[2] ?? '{}'))
say({ url: relay.url, port: relay.port })
answerQuestions((owner) => ({ code: relay.mintPairingCode(owner) }))
