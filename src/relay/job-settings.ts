import { duration, integer, toggle } from './setting.ts'

/** Settings of those who watch jobs. */
export const JOB_SETTINGS = {
  maxJobConnectionsPerUser: integer(
    'JOBS_CONNECTIONS_PER_USER',
    5,
    'WebSockets on /ws/jobs per key or signed-in user',
    { aliases: ['MAX_CONNECTIONS_PER_USER'] },
  ),
  connectionTimeoutMs: duration('CONNECTION_TIMEOUT', 3_600_000, 'total time of a WebSocket on /ws/jobs'),
  connectionIdleTimeoutMs: duration(
    'CONNECTION_IDLE_TIMEOUT',
    90_000,
    'time without data from a client on /ws/jobs, which is pinged three times meanwhile',
    { min: 1_000 },
  ),
  jobStatusCache: toggle(
    'JOB_STATUS_CACHE',
    true,
    'keep the last state of jobs for a day, to report it while their device is offline',
  ),
}
