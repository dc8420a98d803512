/** Composition root of the desktop app. Contains no decisions: see `app/` and `view/`. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { app, nativeTheme, protocol, session } from 'electron'
import electronUpdater from 'electron-updater'
import { dataDirFor } from '../bridge/data-dir/paths.ts'
import { trustAuthorities } from '../bridge/dial/certificate-authorities.ts'
import { SystemProxy } from '../bridge/dial/system-proxy.ts'
import { openAppLog } from '../bridge/log/app-log.ts'
import { packageKindFor } from '../bridge/updates/update-policy.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { APP_SCHEME, assetResponse } from './app/assets.ts'
import { DesktopShell } from './app/desktop-shell.ts'
import { parseLaunchArgs } from './app/launch-args.ts'
import { LaunchQueue } from './app/launch-queue.ts'
import { notesUrlFor } from './app/links.ts'
import { NO_LOGIN_ITEM } from './app/login-item.ts'
import { fail, watchCrashes } from './shell/app-failure.ts'
import { watchLifecycle } from './shell/app-lifecycle.ts'
import { appMenu } from './shell/app-menu.ts'
import { watchPower } from './shell/app-power.ts'
import { appRelay } from './shell/app-relay.ts'
import { appLoginItem, appSystem } from './shell/app-system.ts'
import { AppTray } from './shell/app-tray.ts'
import { appUpdater } from './shell/app-updater.ts'
import { AppWindow } from './shell/app-window.ts'
import { packageFacts } from './shell/package-facts.ts'
import { awaitTrayHost, hasTrayHost } from './shell/tray-host.ts'
import { isPanelDark } from './view/tray-icon.ts'
import { wasLaunchedByItself } from './view/start-plan.ts'

const { env, platform } = process
const root = join(import.meta.dirname, '../..')
const icon = join(root, 'build/icons/256x256.png')
const configHome = env['XDG_CONFIG_HOME'] || join(homedir(), '.config')
const argv = process.argv.slice(app.isPackaged ? 1 : 2)
const args = parseLaunchArgs(argv)
const dataDir = dataDirFor(args.dataDir, env)
const log = openAppLog(dataDir)
const { logger } = log

app.setName('CloudToLocalLLM')
app.setPath('userData', join(dataDir, 'electron'))
trustAuthorities(env)
protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges: { standard: true, secure: true } }])
watchCrashes(logger)
if (app.requestSingleInstanceLock()) void main().catch((cause: unknown) => fail(logger, cause))
else app.exit(args.relay === undefined ? 0 : 1)

async function main(): Promise<void> {
  const launches = new LaunchQueue()
  let running: DesktopShell | null = null
  const onShutdown = () => (running === null ? app.exit(0) : running.shutdown())
  // Registered before the first await: macOS reports the link that starts the app only now.
  watchLifecycle({
    onLaunchedAgain: (again) => launches.push(again),
    onQuit: () => running?.quitAsked() ?? true,
    onShutdown,
  })
  await app.whenReady()
  // For a copy that is not installed, the registered program would be Electron itself.
  if (app.isPackaged) app.setAsDefaultProtocolClient('cloudtolocalllm')
  protocol.handle(APP_SCHEME, ({ url }) => assetResponse(join(root, 'dist/renderer'), url))
  const facts = packageFacts()
  const desktop: DesktopShell = await DesktopShell.create({
    dataDir,
    args,
    platform,
    systemLanguages: app.getPreferredSystemLanguages(),
    env,
    proxy: new SystemProxy(env, (url) => session.defaultSession.resolveProxy(url)),
    clock: systemClock,
    random: Math.random,
    log,
    system: appSystem(icon),
    relayHost: appRelay(join(root, 'dist/built-in-relay/main.js'), logger),
    loginItem: app.isPackaged ? appLoginItem(configHome) : NO_LOGIN_ITEM,
    hasTray: await (args.autostart ? awaitTrayHost() : hasTrayHost()),
    isTaskbarDark,
    updater: appUpdater({ updater: electronUpdater.autoUpdater, logger, appImage: facts.appImage }),
    packageKind: packageKindFor(facts),
    notesUrlFor,
    launchedByItself: isLaunchedByItself(),
    releaseInstance: () => app.releaseSingleInstanceLock(),
    claimInstance: () => void app.requestSingleInstanceLock(),
    menu: appMenu({ onPage: (page) => desktop.showPage(page) }),
    tray: new AppTray({
      root,
      onCommand: (command) => desktop.trayCommand(command),
      onClick: () => desktop.toggleWindow(),
    }),
    window: new AppWindow({
      preload: join(root, 'dist/preload/preload.cjs'),
      icon,
      bounds: () => desktop.windowBounds,
      answer: (sender, name, payload) => desktop.answer(sender, name, payload),
      onClose: () => desktop.windowClosing(),
      onState: (state) => desktop.windowBecame(state),
      onMoved: (bounds) => desktop.windowMoved(bounds),
      onGone: (reason) => desktop.windowCrashed(reason),
    }),
  })
  running = desktop
  launches.follow((again) => desktop.launchedAgain(again))
  watchPower({ onSuspend: () => desktop.suspend(), onResume: () => desktop.wake(), onShutdown })
  nativeTheme.on('updated', () => desktop.themeChanged())
  await desktop.start(argv)
}

function isTaskbarDark(): boolean {
  const isThemeDark = nativeTheme.shouldUseDarkColorsForSystemIntegratedUI
  return platform === 'linux' ? isPanelDark(env['XDG_CURRENT_DESKTOP'], isThemeDark) : isThemeDark
}

function isLaunchedByItself(): boolean {
  return wasLaunchedByItself({
    platform,
    hasAutostartFlag: args.autostart,
    hasReplacedItself: args.updated || env['APPIMAGE_SILENT_INSTALL'] === 'true',
    wasOpenedAtLogin: app.getLoginItemSettings().wasOpenedAtLogin,
  })
}
