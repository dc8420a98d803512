/** Purposes of uploaded files. Only `batch` has a use here; the others are stored for clients that expect it. */
export const UPLOAD_PURPOSES = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'] as const
export type FilePurpose = (typeof UPLOAD_PURPOSES)[number] | 'batch_output'

/** A stored file, without its bytes. */
export interface FileRecord {
  readonly id: string
  /** Increases from file to file. */
  readonly sequence: number
  readonly purpose: FilePurpose
  readonly filename: string
  readonly bytes: number
  /** Seconds since the epoch, as all times of OpenAI. */
  readonly createdAt: number
  /** Seconds since the epoch; `null` = never. */
  readonly expiresAt: number | null
}

/** The file as OpenAI's API describes it. */
export function toFileObject({ id, bytes, createdAt, expiresAt, filename, purpose }: FileRecord): object {
  return {
    id,
    object: 'file',
    bytes,
    created_at: createdAt,
    ...(expiresAt !== null && { expires_at: expiresAt }),
    filename,
    purpose,
    // Deprecated, and still read by older clients.
    status: 'processed',
    status_details: null,
  }
}
