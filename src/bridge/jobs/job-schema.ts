import { FILE_NAMES_SCHEMA, FILES_SCHEMA } from './openai/file-table.ts'
import { RESPONSE_EVENTS_SCHEMA } from './openai/response-event-table.ts'

/**
 * SQL for each version of `jobs.db`, oldest first. Append; never change what was released.
 *
 * Requests and answers are blobs of their rows: so an answer, the state of its request and the counts of its job are one transaction,
 * and a process that is killed leaves neither an answer without a row nor a row without its answer. Each is at most
 * `MAX_ITEM_BYTES`, which SQLite reads and writes as a whole.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE jobs (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    owner TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    key_name TEXT NOT NULL,
    caller TEXT NOT NULL,
    model TEXT,
    name TEXT,
    digest TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    expires_at INTEGER NOT NULL,
    is_filled INTEGER NOT NULL,
    is_settled INTEGER NOT NULL,
    total INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    progress TEXT,
    error_code TEXT,
    error_message TEXT,
    detail TEXT
  ) STRICT;
  CREATE INDEX jobs_by_grant ON jobs (grant_id, n);
  CREATE INDEX jobs_by_owner ON jobs (owner, n);
  CREATE INDEX jobs_by_expiry ON jobs (expires_at);
  CREATE INDEX jobs_unfinished ON jobs (n) WHERE state IN ('queued', 'running');
  CREATE INDEX jobs_unsettled ON jobs (n) WHERE is_settled = 0;
  CREATE UNIQUE INDEX jobs_by_name ON jobs (owner, grant_id, name) WHERE name IS NOT NULL;
  CREATE TABLE items (
    job INTEGER NOT NULL REFERENCES jobs (n) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    custom_id TEXT,
    path TEXT NOT NULL,
    request_id TEXT,
    status INTEGER,
    content_type TEXT,
    error_code TEXT,
    error_message TEXT,
    request BLOB NOT NULL,
    response BLOB,
    PRIMARY KEY (job, number)
  ) STRICT;
  CREATE INDEX items_waiting ON items (job, next_attempt_at, number) WHERE state = 'queued';
  CREATE INDEX items_running ON items (job) WHERE state = 'running'`,
  `${FILES_SCHEMA}; ${RESPONSE_EVENTS_SCHEMA}`,
  `ALTER TABLE items ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX items_interrupted ON items (job) WHERE interruptions > 0 AND state IN ('queued', 'running')`,
  FILE_NAMES_SCHEMA,
  "CREATE INDEX jobs_deleted ON jobs (n) WHERE state = 'deleted'",
]

/** The longest request, and the longest answer, of a job. */
export const MAX_ITEM_BYTES = 32 * 1024 * 1024
