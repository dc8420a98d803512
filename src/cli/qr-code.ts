import { renderUnicodeCompact } from 'uqr'
import type { Output } from './output.ts'
import { term, TerminalText } from './terminal-text.ts'

/** Modules of light around the code: scanners need them. */
const BORDER = 2

/** Prints a QR code from block characters; in a terminal light on dark, whatever its colours are. */
export function sayQr(text: string, output: Output): void {
  for (const line of renderUnicodeCompact(text, { border: BORDER }).split('\n'))
    output.say(
      output.isStyled ? term`  ${TerminalText.styled(['whiteBright', 'bgBlack'], line)}` : `  ${line}`,
    )
}
