import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { VERSION } from '../../shared/version.ts'

const LAG_RESOLUTION_MS = 20

let figures: Registry | undefined

/**
 * What belongs to the process, however many relays are in it: CPU, memory, garbage collection, lag of the event loop, version.
 * They are measured from the first time somebody asks; whoever never does pays nothing.
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
