/** A relay in a process of its own. Prints its URL, its port and a pairing code for each owner that is named as an argument. */
import { startTestRelay } from './stack.ts'
import { answerQuestions, say } from './separate-process.ts'

const owners = process.argv.slice(2)
const relay = await startTestRelay()
say({ url: relay.url, port: relay.port, codes: owners.map((owner) => relay.mintPairingCode(owner)) })
answerQuestions((question) => {
  const owner = /^code (.+)$/.exec(question)?.[1]
  return owner === undefined ? undefined : { code: relay.mintPairingCode(owner) }
})
