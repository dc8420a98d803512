import {
  MAX_ANNOUNCED_KEYS,
  toAnnouncedModels,
  type Announcement,
  type UpstreamCondition,
} from '../shared/announcement.ts'
import type { KeyDigest } from '../shared/brands.ts'
import type { UpstreamState } from './upstream/upstream-state.ts'

/** The facts that the relay learns about this device. */
export function announcementFor(digests: readonly KeyDigest[], upstream: UpstreamState): Announcement {
  return {
    keyDigests: digests.slice(0, MAX_ANNOUNCED_KEYS),
    upstreamKind: upstream.kind === 'up' ? upstream.facts.kind : 'none',
    upstreamState: conditionOf(upstream),
    models: upstream.kind === 'up' ? toAnnouncedModels(upstream.facts.models) : [],
    ...(upstream.kind === 'up' &&
      upstream.facts.loaded && {
        loaded: toAnnouncedModels(upstream.facts.loaded),
      }),
  }
}

function conditionOf(upstream: UpstreamState): UpstreamCondition {
  switch (upstream.kind) {
    case 'up':
      return 'up'
    case 'refusing':
      return upstream.refusal.cause === 'loading' ? 'loading' : 'refusing'
    case 'down':
    case 'unknown':
      return 'down'
  }
}
