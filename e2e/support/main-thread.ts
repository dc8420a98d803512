import type { Browser, Page } from 'playwright-core'

/** `tdur`: microseconds on the thread's clock. */
interface TraceEvent {
  readonly name: string
  readonly tdur?: number
}

/** The tasks of a page's main thread during the work, in milliseconds of CPU: other programs do not count. */
export async function taskTimes(
  browser: Browser,
  page: Page,
  work: () => Promise<unknown>,
): Promise<readonly number[]> {
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] })
  await work()
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  const tasks = trace.traceEvents.filter(({ name }) => name === 'RunTask')
  if (tasks.length === 0) throw new Error('the trace has no tasks')
  return tasks.map(({ tdur = 0 }) => tdur / 1_000)
}
