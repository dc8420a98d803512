/** The IPC channels, separate from the contract, whose schemas a preload script does not need. */
export const REQUEST_CHANNEL = 'app:request'
export const EVENT_CHANNEL = 'app:event'
