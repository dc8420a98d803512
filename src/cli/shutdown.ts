/**
 * Resolves when somebody wants this process to end: Ctrl-C, SIGTERM, or the process that started it is gone. A second
 * signal ends it at once.
 */
export function shutdownAsked(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false
    const ask = () => {
      if (isAsked) process.exit(1)
      isAsked = true
      resolve()
    }
    process.on('SIGINT', ask)
    process.on('SIGTERM', ask)
    // Terminals close with SIGHUP; Windows sends it before it ends the process.
    process.on('SIGHUP', ask)
    process.once('disconnect', ask)
    // Listening must not keep a finished process alive.
    process.channel?.unref()
  })
}
