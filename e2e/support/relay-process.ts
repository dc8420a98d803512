/** A relay in a process of its own: prints its URL and a pairing code, then its memory as often as it is asked. */
import { startTestRelay } from './stack.ts'
import { say, sayMemoryWhenAsked } from './separate-process.ts'

const relay = await startTestRelay()
say({ url: relay.url, code: relay.mintPairingCode('owner') })
sayMemoryWhenAsked()
