/** Choices offered by the desktop app's settings. */

/** `auto` follows the brightness of the panel; `light` and `dark` refer to the glyph's colour. */
export const TRAY_STYLES = ['auto', 'light', 'dark', 'hidden'] as const
export type TrayStyle = (typeof TRAY_STYLES)[number]

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/**
 * `auto` downloads and installs when no request is running; `notify` reports and waits; `off` checks only on request.
 */
export const UPDATE_MODES = ['auto', 'notify', 'off'] as const
export type UpdateMode = (typeof UPDATE_MODES)[number]

export const UPDATE_CHANNELS = ['latest', 'beta'] as const
export type UpdateChannel = (typeof UPDATE_CHANNELS)[number]
