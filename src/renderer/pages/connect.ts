import type { AppView, EndpointView, QrView, SnippetId, SnippetView } from '../../shared/ipc/view.ts'
import { h, type Child } from '../dom.ts'
import type { Shell } from '../shell.ts'
import { button, copyButton } from '../parts/button.ts'
import { card, copyLine, emptyState, message, pageHead } from '../parts/card.ts'
import { closeDialog, dialog } from '../parts/dialog.ts'
import { tabs } from '../parts/tabs.ts'

/** Modules of white around a QR code (ISO/IEC 18004, 9.1). */
const QUIET_ZONE = 4

/** How a client gets to the models: address, key, and lines to paste. */
export class ConnectPage {
  readonly #shell: Shell
  #chosen: SnippetId | null = null
  #qr: QrView | null = null

  constructor(shell: Shell) {
    this.#shell = shell
  }

  render({ endpoint, connection }: AppView): Child[] {
    if (endpoint === null)
      return [
        emptyState(
          'connect',
          'No address yet',
          'Connect this device to a relay first. Then its address and key are here.',
        ),
      ]
    return [
      pageHead('Connect', 'Give a client this address and a key. It can then use your models from anywhere.'),
      connection.kind === 'online'
        ? null
        : h(
            'div',
            { key: 'offline' },
            message(
              'warning',
              null,
              'This device is not online at the moment. The address stays the same and works again once it is.',
            ),
          ),
      this.#renderEndpoint(endpoint),
      this.#renderSnippets(endpoint.snippets),
      this.#qr === null ? null : this.#renderQr(this.#qr),
    ]
  }

  #renderEndpoint({ url }: EndpointView): Child {
    return card(
      'Address and key',
      copyLine('Address', url, this.#copy('url', 'Copy address')),
      copyLine('Key', '••••••••••••••••', this.#copy('key', 'Copy key')),
      copyLine(
        'Address with the key in it',
        `${url.replace(/\/$/, '')}/k/••••••••`,
        this.#copy('keyUrl', 'Copy address with the key'),
      ),
      h(
        'div.row.spread',
        {},
        h(
          'p.muted',
          {},
          'The last one is for clients that have no field for a key. Treat it like a password.',
        ),
        button('Show QR code', {
          icon: 'qr',
          isBusy: this.#shell.isBusy('qr'),
          onPress: () => this.#openQr(),
        }),
      ),
    )
  }

  #copy(what: 'url' | 'key' | 'keyUrl' | SnippetId, label: string): Child {
    return copyButton(this.#shell, what, label, () => this.#shell.ask('endpoint.copy', what))
  }

  #renderSnippets(snippets: readonly SnippetView[]): Child {
    const snippet = snippets.find(({ id }) => id === this.#chosen) ?? snippets[0]
    if (snippet === undefined) return null
    return card(
      'Set up a client',
      tabs({
        name: 'snippets',
        label: 'Client',
        panelId: 'snippet',
        tabs: snippets.map(({ id, label }) => ({ id, face: [label] })),
        chosen: snippet.id,
        onChoose: (id) => {
          this.#chosen = id
          this.#shell.redraw()
        },
      }),
      h(
        'div.snippet',
        { id: 'snippet', role: 'tabpanel', 'aria-labelledby': `snippets-tab-${snippet.id}` },
        h(
          'div.row.spread',
          {},
          h('p.muted', {}, snippet.hint),
          this.#copy(snippet.id, `Copy the lines for ${snippet.label}`),
        ),
        h('pre.code', {}, h('code', {}, snippet.text)),
        h('p.hint', {}, 'What you copy has your key in place of the placeholder.'),
      ),
    )
  }

  #openQr(): void {
    this.#shell.run('qr', async () => {
      const answer = await this.#shell.ask('endpoint.qr')
      if (answer.ok) this.#qr = answer.result
    })
  }

  #renderQr(qr: QrView): Child {
    const onClose = (): void => {
      this.#qr = null
      this.#shell.redraw()
    }
    return dialog(
      { key: 'qr', title: 'Scan with your phone', onClose },
      qrPicture(qr),
      h('p.muted', {}, 'It holds your address and a key. Whoever scans it can use your models.'),
      h('div.dialog-actions', {}, button('Close', { onPress: closeDialog })),
    )
  }
}

function qrPicture({ rows }: QrView): Child {
  const size = rows.length + 2 * QUIET_ZONE
  const dark = rows.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x + QUIET_ZONE} ${y + QUIET_ZONE}h1v1h-1z`] : [])),
  )
  return h(
    'svg.qr',
    {
      viewBox: `0 0 ${size} ${size}`,
      role: 'img',
      'aria-label': 'QR code of the address with the key in it',
      'shape-rendering': 'crispEdges',
    },
    h('rect', { width: size, height: size, fill: '#fff' }),
    h('path', { d: dark.join(''), fill: '#000' }),
  )
}
