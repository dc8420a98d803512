/** The final page shown in the browser. It loads no resources. */
export interface CallbackPage {
  readonly status: number
  readonly html: string
}

export function successPage(deviceName: string): CallbackPage {
  return page(
    200,
    'You are signed in',
    `${deviceName} is now connected to your account. You can close this tab.`,
  )
}

/** @param why one sentence */
export function failurePage(why: string): CallbackPage {
  return page(400, 'Sign-in failed', `${why} Go back to the app to try again.`)
}

export function strayPage(): CallbackPage {
  return page(404, 'Nothing here', 'No sign-in is in progress for this page. You can close this tab.')
}

function page(status: number, title: string, text: string): CallbackPage {
  const html = `<!doctype html>
<html lang="en">
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
  return { status, html }
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
