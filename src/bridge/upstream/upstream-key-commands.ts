import { z } from 'zod'
import type { Handlers } from '../data-dir/control.ts'
import { parseUpstreamUrl } from './ollama-host.ts'
import type { UpstreamKey } from './upstream-key.ts'

const SetKey = z.looseObject({ url: z.string(), key: z.string() })

/** Operations on the model server's API key for other processes of this user. They never return the key. */
export function upstreamKeyHandlers(upstreamKey: UpstreamKey): Handlers {
  return {
    'upstream.setKey': (request) => {
      const { url, key } = SetKey.parse(request)
      return upstreamKey.set(parseUpstreamUrl(url), key)
    },
    // The result is whether there was a key.
    'upstream.removeKey': async () => {
      const { isStored } = upstreamKey
      await upstreamKey.remove()
      return isStored
    },
  }
}
