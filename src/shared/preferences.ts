/** What the user of the desktop app can choose from. */

/** `auto` is a glyph with an outline that shows on any panel; `light` and `dark` name the glyph's own colour. */
export const TRAY_STYLES = ['auto', 'light', 'dark', 'hidden'] as const
export type TrayStyle = (typeof TRAY_STYLES)[number]

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** `auto` downloads and installs when nothing runs; `notify` tells and waits; `off` looks only when asked. */
export const UPDATE_MODES = ['auto', 'notify', 'off'] as const
export type UpdateMode = (typeof UPDATE_MODES)[number]

export const UPDATE_CHANNELS = ['latest', 'beta'] as const
export type UpdateChannel = (typeof UPDATE_CHANNELS)[number]
