import { EventEmitter } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import Module from 'node:module'
import { join } from 'node:path'
import {
  HttpExecutor,
  configureRequestOptions,
  configureRequestUrl,
  type DownloadOptions,
} from 'builder-util-runtime'
import electronUpdater, { type AppUpdater } from 'electron-updater'

/** The only part of Electron that electron-updater uses when it quits. */
const electron = { autoUpdater: new EventEmitter() }
const loader = Module as unknown as { _load(this: void, id: string, ...rest: unknown[]): unknown }
const load = loader._load
loader._load = (id, ...rest) => (id === 'electron' ? electron : load(id, ...rest))

/** Node's HTTP client instead of Chromium's. */
class NodeExecutor extends HttpExecutor<http.ClientRequest> {
  override createRequest(options: http.RequestOptions, callback: (response: unknown) => void) {
    const { request } = options.protocol === 'http:' ? http : https
    return request(options, callback)
  }

  download(url: URL, destination: string, options: DownloadOptions): Promise<string> {
    return options.cancellationToken.createPromise((resolve, reject, onCancel) => {
      const request = { headers: options.headers ?? undefined }
      configureRequestUrl(url, request)
      configureRequestOptions(request)
      const callback = (error?: Error | null) => (error ? reject(error) : resolve(destination))
      this.doDownload(request, { destination, options, onCancel, callback, responseHandler: null }, 0)
    })
  }
}

const UPDATERS = {
  appimage: electronUpdater.AppImageUpdater,
  deb: electronUpdater.DebUpdater,
  nsis: electronUpdater.NsisUpdater,
} as const

export interface NodeUpdaterOptions {
  readonly kind: keyof typeof UPDATERS
  /** The installed version. */
  readonly version: string
  /** Its directory; reusing it simulates a restart of the same installation. */
  readonly dir: string
  /** The content of `app-update.yml`. */
  readonly feed: Readonly<Record<string, unknown>>
  /** Decides membership in a staged rollout: the last eight digits as a share of ffffffff. */
  readonly stagingId?: string
  readonly onQuit?: () => void
}

/** The real electron-updater, under Node. */
export function nodeUpdater({
  kind,
  version,
  dir,
  feed,
  stagingId,
  onQuit = () => {},
}: NodeUpdaterOptions): AppUpdater {
  const userDataPath = join(dir, 'user-data')
  mkdirSync(userDataPath, { recursive: true })
  const config = { ...feed, useMultipleRangeRequest: false, updaterCacheDirName: 'cloudtolocalllm' }
  writeFileSync(join(dir, 'app-update.yml'), JSON.stringify(config))
  if (stagingId !== undefined) writeFileSync(join(userDataPath, '.updaterId'), stagingId)
  const updater = new UPDATERS[kind](null, {
    version,
    name: 'CloudToLocalLLM',
    isPackaged: true,
    appUpdateConfigPath: join(dir, 'app-update.yml'),
    userDataPath,
    baseCachePath: join(dir, 'cache'),
    whenReady: async () => {},
    relaunch() {},
    quit: onQuit,
    onQuit() {},
  })
  const platform = kind === 'nsis' ? 'win32' : 'linux'
  return Object.assign(updater, {
    httpExecutor: new NodeExecutor(),
    _testOnlyOptions: { platform, isUseDifferentialDownload: false },
  })
}
