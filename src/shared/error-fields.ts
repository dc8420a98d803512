/** Header fields that name the code of an error (docs/errors.md), in every dialect. */

/** In refusals by a relay. */
export const RELAY_ERROR_FIELD = 'x-error-code'

/** In refusals by a desktop. */
export const DESKTOP_ERROR_FIELD = 'x-desktop-error-code'
