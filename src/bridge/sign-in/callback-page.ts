import { callbackWordsFor } from './callback-words.ts'

/** The final page shown in the browser, in the browser's language. It loads no resources. */
export interface CallbackPage {
  readonly status: number
  readonly html: string
}

/** Which page to show. The reason for a failure is shown where the sign-in began. */
export type CallbackOutcome =
  | { readonly kind: 'signedIn'; readonly deviceName: string }
  | { readonly kind: 'failed' }
  | { readonly kind: 'stray' }

const STATUS = { signedIn: 200, failed: 400, stray: 404 } as const

/** @param acceptLanguage the browser's header */
export function callbackPage(outcome: CallbackOutcome, acceptLanguage?: string): CallbackPage {
  const { t, locale } = callbackWordsFor(acceptLanguage)
  const title = t(outcome.kind)
  const text =
    outcome.kind === 'signedIn'
      ? t('signedIn.text', { device: outcome.deviceName })
      : t(`${outcome.kind}.text`)
  const html = `<!doctype html>
<html lang="${locale.language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} · CloudToLocalLLM</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1.5rem }
</style>
<h1>${title}</h1>
<p>${escapeHtml(text)}</p>
</html>
`
  return { status: STATUS[outcome.kind], html }
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
