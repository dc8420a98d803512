// Finds an installed browser of the Chromium family, for rendering icons and browser tests.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge']

const WINDOWS = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe']

const MACOS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
]

/** Path of the browser's executable, or undefined if there is none. */
export function findChromium() {
  return candidates().find((path) => existsSync(path))
}

/** Playwright's own list, since only the last switch counts. */
const FEATURES_OFF_FOR_PLAYWRIGHT = [
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'TcpPortRandomizationWin',
  'ThirdPartyStoragePartitioning',
  'msEdgeUpdateLaunchServicesPreferredVersion',
  'msForceBrowserSignIn',
]

/** Pages that the browser loads in each new window for the suggestions of its address bar, which nobody sees here. */
const ADDRESS_BAR_PAGES = ['WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup', 'WebUIOmniboxPopup']

/** Launch options for Playwright. Chromium's sandbox does not work for root. */
export function launchOptionsFor(executablePath) {
  const features = [...FEATURES_OFF_FOR_PLAYWRIGHT, ...ADDRESS_BAR_PAGES]
  return {
    executablePath,
    args: [`--disable-features=${features.join(',')}`, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  }
}

function candidates() {
  if (process.platform === 'darwin') return MACOS
  if (process.platform === 'win32') {
    const roots = ['ProgramFiles', 'ProgramFiles(x86)', 'LocalAppData'].map((name) => process.env[name] ?? '')
    return roots.flatMap((root) => WINDOWS.map((path) => join(root, path)))
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
}
