import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { VERSION } from '../../shared/version.ts'

const LAG_RESOLUTION_MS = 20

let figures: Registry | undefined

/**
 * Process-wide metrics, however many relays run in it: CPU, memory, garbage collection, event loop lag, version.
 * Measured from the first scrape, so they cost nothing if unused.
 */
export function processFigures(): Registry {
  figures ??= startFigures()
  return figures
}

function startFigures(): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: LAG_RESOLUTION_MS })
  new Gauge({
    name: 'ctl_build_info',
    help: 'Always 1: the version is in the label',
    labelNames: ['version'],
    registers: [register],
  }).set({ version: VERSION }, 1)
  return register
}
