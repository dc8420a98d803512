import type { Job } from '../../shared/jobs.ts'

/** Identifies a job among those of all owners. */
export interface JobName {
  readonly routingId: string
  readonly jobId: string
}

/** News of a job from the relay that watches it at the device. */
export type JobNews =
  /** `job`: the newest state, if one is known. `isAway`: the device cannot be reached. */
  | { readonly type: 'state'; readonly job: Job | undefined; readonly isAway: boolean }
  /** A credential was refused: every relay has to check its own watchers. */
  | { readonly type: 'recheck' }

/** A relay's part in watching a job together with others. */
export interface JobMember {
  /** This relay watches the job at the device from now on. Called again to no effect. */
  lead(): void
  /** Another relay does. */
  follow(): void
  heard(news: JobNews): void
  /** For relays that missed something. */
  readonly state: JobNews
}

export interface JobShare {
  publish(news: JobNews): void
  leave(): void
}

/** Decides which relay watches a job at its device, and passes its state to the others. */
export interface JobSharing {
  join(name: JobName, member: JobMember): JobShare
}

/** For a single relay. */
export const UNSHARED: JobSharing = {
  join(_name, member) {
    member.lead()
    return { publish() {}, leave() {} }
  },
}
