import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { app } from 'electron'
import type { PackageFacts } from '../../bridge/updates/update-policy.ts'

/** Information on how this copy was packaged and installed. */
export function packageFacts(): PackageFacts {
  return {
    platform: process.platform,
    isPackaged: app.isPackaged,
    appImage: process.env['APPIMAGE'],
    packageType: packageType(),
  }
}

function packageType(): string | null {
  try {
    return readFileSync(join(process.resourcesPath, 'package-type'), 'utf8')
  } catch {
    return null
  }
}
