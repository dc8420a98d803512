import { utilityProcess } from 'electron'
import type { Logger } from '../../shared/logger.ts'
import { connectedNetworks } from '../app/connected-networks.ts'
import { choosePort, homeAddress } from '../app/own-network.ts'
import type { RelayHost } from '../app/ports.ts'

/** Longer lines are cut. */
const MAX_LINE_CHARS = 2_000

/** Implements `RelayHost` with Electron. @param entry the script of the process */
export function appRelay(entry: string, logger: Logger): RelayHost {
  return {
    homeAddress,
    networks: connectedNetworks,
    choosePort,
    start({ onEvent, onExit }) {
      const child = utilityProcess.fork(entry, [], {
        serviceName: 'CloudToLocalLLM relay',
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      child.on('message', onEvent)
      child.on('exit', onExit)
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.trimEnd().split('\n'))
          logger.warn({ line: line.slice(0, MAX_LINE_CHARS) }, 'built-in relay')
      })
      return {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- between processes there is no origin
        send: (command) => child.postMessage(command),
        kill: () => void child.kill(),
      }
    },
  }
}
