/** The channels of Electron's IPC. Apart from the contract, whose schemas a preload script has no use for. */
export const REQUEST_CHANNEL = 'app:request'
export const EVENT_CHANNEL = 'app:event'
