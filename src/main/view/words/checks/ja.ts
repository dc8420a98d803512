import type { Translation } from '../../../../shared/i18n/catalogue.ts'
import type { CHECKS_EN } from './en.ts'

export const CHECKS_JA: Translation<typeof CHECKS_EN> = {
  'finding.dataDir.unusable': '{dir} を使えません: {reason}',
  'finding.dataDir.absent': '{dir} はまだありません。',
  'finding.dataDir.free': '{dir} は使われていません。',
  'finding.dataDir.inUse': '{dir} は使用中です (プロセス {pid})。',
  'finding.dataDir.silent': 'プロセスが {dir} を使用していますが、応答しません。',
  'fix.dataDir.unusable':
    '示されたファイルまたはフォルダーを修正するか、削除してください。すべての所有者があなたのユーザーである必要があります。',
  'fix.dataDir.silent': 'この状態が続く場合は、そのプロセスを終了してアプリを起動し直してください。',

  'finding.upstream.found': {
    other: '{name} が {url} で応答し、モデルが {count} 個あります。',
  },
  'fix.upstream.none':
    'Ollama (https://ollama.com/download) を起動するか、設定でモデルサーバーのアドレスを指定してください。',
  'fix.upstream.silent':
    'そこでモデルサーバーを起動するか、設定でモデルサーバーのアドレスを指定してください。',
  'fix.upstream.needsKey': '設定で API キーを入力してください。',
  'fix.upstream.keyRefused': '設定で正しい API キーを入力してください。',
  'fix.upstream.loading':
    'モデルの読み込みが終わるまでお待ちください。終わらない場合は、モデルサーバーのログを確認してください。',
  'fix.upstream.failing': 'モデルサーバーのログを確認し、再起動してください。',
  'fix.upstream.noModels.ollama': 'Ollama でモデルをダウンロードしてください (例: llama3.2)。',
  'fix.upstream.noModels.other': '{name} でモデルを読み込んでください。',

  'finding.exposure.none': 'モデルサーバーはネットワークに公開されていないようです。',
  'finding.exposure.reachable':
    'モデルサーバーには {origins} からもアクセスできます。そのネットワークにいる人は誰でも、キーなしで使えます。',
  'finding.exposure.variable':
    'Ollama がネットワークに公開されています。ネットワークにいる人は誰でも、キーなしで使えます。',
  'fix.exposure':
    'モデルサーバーの設定で「Expose Ollama to the network」または「Serve on local network」をオフにし、再起動してください。アプリに必要なのは、このパソコンからのアクセスだけです。',

  'finding.secrets.keychain':
    '秘密情報はシステムのキーチェーンに保存されています。ロックは解除されています。',
  'finding.secrets.file': '秘密情報は、あなただけが読めるファイルに保存されています。',
  'finding.secrets.memory': '秘密情報はメモリにのみあり、アプリを終了すると失われます。',
  'fix.secrets.unavailable': 'キーチェーンのロックを解除して、もう一度お試しください。',
  'fix.secrets.memory':
    'アプリに専用のファイルへの保存を許可するか、システムのキーチェーンを設定してください。',

  'finding.proxy': '{way}モデルサーバーには常に直接接続します。',
  'finding.proxy.through': 'リレーにはプロキシ {proxy} 経由で接続します。',
  'finding.proxy.local': 'リレーには直接接続します (このパソコンで動いています)。',
  'finding.proxy.none': 'リレーには直接接続します (プロキシは設定されていません)。',
  'finding.proxy.exempt': 'リレーには直接接続します (設定されているプロキシは、このリレーには使われません)。',
  'fix.proxy.invalid': 'システムのネットワーク設定で、プロキシのアドレスを修正してください。',

  'finding.relay.found': '{url} でリレーが応答しています (バージョン {version})。',
  'finding.relay.protocols': '{found}対応するプロトコルは、リレーが {theirs}、このデバイスが {ours} です。',
  'finding.relay.warning': '{found}{warning}',
  'finding.relay.unreachable': 'リレー {url} に接続できません: {why}。',
  'finding.relay.unreachableThrough': 'プロキシ {proxy} 経由でリレー {url} に接続できません: {why}。',
  'finding.relay.stranger': '{url} のサーバーはリレーではありません (HTTP {status})。',
  'finding.relay.strangerNamed': '{url} のサーバーはリレーではありません (HTTP {status}、{server})。',
  'finding.relay.unknown': 'このデバイスはペアリングされていないため、リレーがわかりません。',
  'fix.relay.unknown': 'このデバイスをリレーに接続してください。',
  'fix.relay.protocols': '古いほうを更新してください。',
  'fix.relay.warning': 'リレーには https:// を使ってください。',
  'fix.relay.stranger':
    'これがリレーの URL であること、そのサーバーがすべてのリクエストをリレーに転送することを確認してください。',
  'fix.relay.redirect': '{location} にリダイレクトされます。そこにあるリレー自身の URL を使ってください。',

  'cause.dns': '名前を解決できません (DNS)',
  'cause.noRoute': 'このネットワークからの経路がありません (TCP)',
  'cause.silent': '時間内に応答がありません (TCP)',
  'cause.closed': '相手が接続を閉じます',
  'cause.refused': 'そのポートで待ち受けているものがありません (TCP)',
  'cause.selfSigned': '証明書が自己署名です (TLS)',
  'cause.untrusted': '証明書の発行元がこのパソコンで信頼されていないか、証明書チェーンが不完全です (TLS)',
  'cause.expired': '証明書の有効期限が切れています (TLS)',
  'cause.notYetValid': '証明書がまだ有効ではありません (TLS)',
  'cause.otherName': '証明書が別の名前のものです (TLS)',
  'cause.noTls': 'このポートでは TLS が使われていません',
  'cause.tls': 'TLS ハンドシェイクに失敗しました',
  'cause.noHttp': '応答が HTTP ではありません',
  'cause.proxyRefused': 'プロキシが接続を拒否しました (HTTP {status})',
  'cause.unknown': '接続に失敗しました',
  'fix.dns': '名前のつづりと、このパソコンがオンラインであることを確認してください。',
  'fix.noRoute':
    'このパソコンがオンラインであること、VPN やファイアウォールが接続を妨げていないことを確認してください。',
  'fix.silent':
    'サーバーが動いていること、ファイアウォールがこのポートへの接続を遮断していないことを確認してください。',
  'fix.closed':
    'サーバーが TLS を使う場合は URL が https:// で始まること、ファイアウォールやフィルターが接続を閉じていないことを確認してください。',
  'fix.refused': 'サーバーが動いていること、URL のポートが正しいことを確認してください。',
  'fix.selfSigned': '信頼できる場合は、発行元の証明書を、このパソコンが信頼する証明書に追加してください。',
  'fix.untrusted': '証明書チェーン全体を送るようにサーバーを設定してください。{trust}',
  'fix.expired': '証明書を更新し、このパソコンの日付を確認してください。',
  'fix.notYetValid': 'このパソコンの日付を確認してください。おそらく間違っています。',
  'fix.otherName': '証明書の名前を使うか、この名前の証明書をサーバーに設定してください。',
  'fix.noTls':
    'ポートを確認してください。リレーがこのパソコンまたはプライベートネットワークにある場合は、http:// を使ってください。',
  'fix.tls': 'サーバーが TLS 1.2 以降に対応し、この名前で提供されていることを確認してください。',
  'fix.proxyPassword':
    'プロキシがユーザー名とパスワードを求めています。このパソコンを対象外にするよう、管理者に依頼してください。',
  'fix.proxyRefused':
    'リレーへの CONNECT を許可するようプロキシの管理者に依頼するか、システムのプロキシ設定でリレーのホストを対象外にしてください。',
  'fix.connection': 'URL、ネットワーク、プロキシの設定を確認してください。',

  'finding.clock.unknown': 'リレーが時刻を返しません。',
  'finding.clock.same': 'このパソコンとリレーの時計は合っています (差: {apart})。',
  'finding.clock.ahead': 'このパソコンの時計は、リレーの時計より {apart}進んでいます。',
  'finding.clock.behind': 'このパソコンの時計は、リレーの時計より {apart}遅れています。',
  'fix.clock': '間違っているほうの時計を直してください。時刻の自動設定をお勧めします。',

  'finding.credential.none':
    '認証情報が保存されていません。このデバイスはどのリレーともペアリングされていません。',
  'finding.credential.otherRelay': 'このデバイスは {relay} ではなく {paired} とペアリングされています。',
  'finding.credential.expired': 'このデバイスの認証情報は {date}に期限が切れました。',
  'finding.credential.refused': 'リレーがこのデバイスの認証情報を受け付けません。',
  'finding.credential.audience': 'アクセストークンの対象がこのリレーではないため、送信しませんでした。',
  'finding.credential.valid': 'このデバイスの認証情報の有効期限: {until}。{state}。',
  'finding.credential.unknownDate': '不明',
  'finding.credential.signedIn': 'このデバイスは {issuer} でサインインしています。{state}。',
  'finding.credential.renews': 'アクセストークンは期限切れですが、アプリが接続時に更新します',
  'finding.credential.online': 'リレーはこれを受け付け、このデバイスをオンラインと認識しています',
  'finding.credential.offline': 'リレーはこれを受け付けますが、このデバイスをオフラインと認識しています',
  'finding.credential.unconfirmed': 'リレーで確認できませんでした',
  'finding.credential.unconfirmedStatus': 'リレーで確認できませんでした (HTTP {status})',
  'fix.credential.pair': '設定でサインアウトしてから、サインインするか、もう一度ペアリングしてください。',
  'fix.credential.signIn': '設定でサインアウトしてから、もう一度サインインしてください。',
  'fix.credential.renew': 'アプリを起動したままにしてください。オンラインの間に認証情報が更新されます。',
  'fix.credential.unreadable': '上に示された問題を解決するか、もう一度ペアリングしてください。',

  'finding.websocket.accepted': 'リレーはこのデバイスの WebSocket を受け付けます。',
  'finding.websocket.works':
    'WebSocket は機能しています。有効な認証情報のない接続は、リレー自身が拒否しました。',
  'finding.websocket.failed': 'WebSocket を開けませんでした: {why}。',
  'finding.websocket.version': 'このバージョンのサブプロトコルがリレーに提示されませんでした。',
  'finding.websocket.refused': 'リレーが WebSocket を拒否しました: {reason}',
  'fix.websocket.version':
    '古いほうを更新し、リレーの前にあるプロキシが Sec-WebSocket-Protocol を転送するように設定してください。',
  'fix.websocket.refused': '1 分後にもう一度お試しください。',
  'fix.websocket.nginx':
    'nginx (リレーの location ブロック): proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";',
  'fix.websocket.caddy':
    'Caddyfile: reverse_proxy は WebSocket に標準で対応しています。/ws/tunnel がそのままリレーに届くことを確認してください。',
  'fix.websocket.cloudflare': 'Cloudflare (Network): リレーのドメインで WebSockets をオンにしてください。',
  'fix.websocket.unknown':
    'リレーの前にあるプロキシが /ws/tunnel の WebSocket 接続をすべてのヘッダーとともに転送するように設定してください。',

  'finding.streaming.works': '応答はストリーミングされています。{chunks} 個のチャンクが順に届きました。',
  'finding.streaming.interrupted': 'ストリーミングの応答が中断されました: {why}。',
  'finding.streaming.untested': 'ストリーミングを確認できませんでした (HTTP {status})。',
  'finding.streaming.short':
    'ストリーミングの応答が、{chunks} 個のうち {arrived} 個のチャンクで終わりました。',
  'finding.streaming.collected':
    'テスト応答の{which}が、{after}後に {spread}以内にまとめて届きました。リレーは {interval}ごとに 1 個送っています。リレーの前にあるプロキシがためているため、トークンがまとめて届きます。',
  'finding.streaming.all': ' {chunks} 個のチャンクすべて',
  'finding.streaming.some': ' {chunks} 個のうち {size} 個のチャンク',
  'fix.streaming.untested':
    'リレーを更新し、その前にあるプロキシがすべてのパスを転送するように設定してください。',
  'fix.streaming.nginx': 'nginx (リレーの location ブロック): proxy_buffering off; proxy_http_version 1.1;',
  'fix.streaming.caddy':
    'Caddyfile (リレーのサイト): encode と flush_interval を削除してください。Caddy は標準でストリームをすぐに送ります。',
  'fix.streaming.cloudflare':
    'Cloudflare: リレーのホストに、Response Body Buffering を「None」にした Configuration Rule を追加してください。cloudflared の Quick Tunnel は GET の応答をためるため、代わりに名前付きトンネルを使ってください。',
  'fix.streaming.unknown':
    'リレーの前にあるプロキシで、応答のバッファリングと圧縮をオフにしてください。プロキシがない場合は、このパソコンまたはネットワークに通信を検査するソフトウェアがないか確認してください。',
}
