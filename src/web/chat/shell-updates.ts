const WORKER = './sw.js'

declare global {
  interface Window {
    /** Missing in older browsers (https://developer.mozilla.org/docs/Web/API/Trusted_Types_API). */
    readonly trustedTypes?: {
      createPolicy(
        name: string,
        rules: { readonly createScriptURL: () => string },
      ): { createScriptURL(text: string): string }
    }
  }
}

/** Registers the service worker, and reports when a new version of the page is ready. */
export class ShellUpdates {
  #waiting: ServiceWorker | null = null
  #listener = (): void => {}

  /** @returns `null` where the browser has no service workers, as under plain HTTP */
  static register(): ShellUpdates | null {
    if (!('serviceWorker' in navigator)) return null
    const updates = new ShellUpdates()
    navigator.serviceWorker.register(workerAddress()).then(
      (registration) => updates.#watch(registration),
      () => {},
    )
    return updates
  }

  get isReady(): boolean {
    return this.#waiting !== null
  }

  onChange(listener: () => void): void {
    this.#listener = listener
  }

  /** Activates the new version and reloads. */
  apply(): void {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
    this.#waiting?.postMessage('activate')
  }

  #watch(registration: ServiceWorkerRegistration): void {
    this.#found(registration.waiting)
    registration.addEventListener('updatefound', () => {
      const worker = registration.installing
      worker?.addEventListener('statechange', () => {
        if (worker.state === 'installed') this.#found(worker)
      })
    })
    // A page that is open for days checks for updates when it becomes visible again.
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') registration.update().catch(() => {})
    })
  }

  /** The first worker of a page replaces nothing. */
  #found(worker: ServiceWorker | null): void {
    if (worker === null || navigator.serviceWorker.controller === null) return
    this.#waiting = worker
    this.#listener()
  }
}

/** The page accepts script addresses only from the policy `shell`, which creates only this one. */
function workerAddress(): string {
  const policy = window.trustedTypes?.createPolicy('shell', { createScriptURL: () => WORKER })
  return policy?.createScriptURL(WORKER) ?? WORKER
}
