/**
 * A relay, a bridge and an upstream in a separate process, so that their sockets and memory are not the test's. Prints the port
 * and a key.
 */
import { FakeUpstream } from './fake-upstream.ts'
import { answerQuestions, say } from './separate-process.ts'
import { startStack } from './stack.ts'

const fake = await FakeUpstream.start()
const { relay, desk } = await startStack(fake.origin)
say({ port: relay.port, key: desk.key })
answerQuestions()
