import type { Translation } from '../../../shared/i18n/catalogue.ts'
import { CHECKS_JA } from './checks/ja.ts'
import type { ViewCatalogue } from './en.ts'
import { ERRORS_JA } from './errors/ja.ts'
import { REQUESTS_JA } from './requests/ja.ts'

export const JA: Translation<ViewCatalogue> = {
  'action.reconnect': '再接続',
  'action.pause': '一時停止',
  'action.resume': '再開',
  'action.signInAgain': '再サインイン',
  'action.retrySecrets': '再試行',
  'action.keepSecretsInFile': 'ファイルに保存',
  'action.detectUpstream': 'もう一度検索',
  'action.getOllama': 'Ollama を入手',
  'action.startUpstream': 'Ollama を起動',
  'action.cancelPull': 'キャンセル',
  'action.renewDefaultKey': '既定のキーを作成',
  'action.checkForUpdates': 'アップデートを確認',
  'action.downloadUpdate': 'ダウンロード',
  'action.installUpdate': '再起動して更新',
  'action.openReleases': 'リリース一覧を開く',
  'action.openLogs': 'ログフォルダーを開く',
  'action.tryNow': '今すぐ試す',
  'action.tryAgain': '再試行',
  'action.signInInstead': '代わりに再サインイン',
  'action.changeRelay': 'リレーを変更',
  'action.allowNetwork': 'このネットワークで許可',
  'action.setUpAgain': 'もう一度設定',

  'start.failed': 'CloudToLocalLLM を起動できません',

  'connection.starting': '起動中',
  'connection.starting.detail': 'CloudToLocalLLM を起動しています。',
  'connection.starting.relay': 'このパソコンでリレーを起動しています。',
  'connection.signedOut': '未設定',
  'connection.signedOut.detail':
    'このパソコンをリレーに接続すると、どこからでもモデルを使えるようになります。',
  'connection.off': '一時停止中',
  'connection.off.detail': '再開するまで、誰もモデルにアクセスできません。',
  'connection.asleep': 'スリープ',
  'connection.asleep.detail': 'このパソコンはスリープに入ります。復帰すると再接続します。',
  'connection.noNetwork': 'ネットワークなし',
  'connection.noNetwork.detail': 'このパソコンはネットワークに接続されていません。復旧すると再接続します。',
  'connection.draining': '終了処理中',
  'connection.draining.detail': {
    other: '処理中のリクエスト {count} 件が完了すると終了します。新しいリクエストは受け付けません。',
  },
  'connection.keychain': 'キーチェーンを使えません',
  'connection.connecting': '接続中',
  'connection.reconnecting': '再接続中',
  'connection.connecting.detail': '{relay} に接続しています。',
  'connection.online': 'オンライン',
  'connection.online.detail': '{relay} 経由でモデルにアクセスできます。',
  'connection.online.local': 'このリレーに接続できるのはこのパソコンだけです。',
  'connection.online.network': '同じネットワークのデバイスから、内蔵リレー経由でモデルを使えます。',
  'connection.demo': 'オンライン (デモモデル)',
  'connection.demo.detail': '{relay} に接続済み。モデルサーバーが動くまで、回答は架空のものです。',
  'connection.down': 'モデルサーバーなし',
  'connection.down.detail':
    '{relay} に接続済みですが、モデルサーバーが応答しないため、リクエストは失敗します。',
  'connection.needsKey': 'API キーが必要',
  'connection.needsKey.detail':
    '{relay} に接続済みですが、モデルサーバーが API キーを求めるため、リクエストは失敗します。',
  'connection.keyRefused': 'API キーが無効',
  'connection.keyRefused.detail':
    '{relay} に接続済みですが、モデルサーバーが API キーを受け付けないため、リクエストは失敗します。',
  'connection.loading': 'モデルを読み込み中',
  'connection.loading.detail':
    '{relay} に接続済み。モデルサーバーがモデルを読み込むと、リクエストに応答します。',
  'connection.failing': 'モデルサーバーの問題',
  'connection.failing.detail':
    '{relay} に接続済みですが、モデルサーバーがエラーを返すため、リクエストは失敗します。',
  'connection.noModels': 'モデルがまだありません',
  'connection.noModels.detail': '{relay} に接続済み。使うにはモデルサーバーにモデルを追加してください。',
  'connection.theRelay': 'リレー',
  'connection.builtIn': '内蔵リレー',

  'waiting.DRAINING': 'リレーが再起動しています。',
  'waiting.TOO_MANY_CONNECTIONS': 'リレーの接続数が上限に達しています。',
  'waiting.TOO_MANY_REQUESTS': 'リレーがこのデバイスからのリクエストを制限しています。',
  'waiting.TOKEN_EXPIRED': 'サインインを更新しています。',
  'waiting.ISSUER_UNREACHABLE': 'ID プロバイダーが応答しないため、サインインを確認できません。',
  'waiting.builtIn': '内蔵リレーが応答しません。アプリが自動的に再起動します。',

  'blocked.signIn': 'サインインが必要',
  'blocked.signIn.again': '{reason} 続けるには、再サインインするか、もう一度ペアリングしてください。',
  'blocked.signIn.any': 'リレーがこのデバイスを受け付けません。',
  'blocked.CREDENTIAL_INVALID': 'リレーがこのデバイスを受け付けなくなりました。',
  'blocked.CREDENTIAL_EXPIRED': 'このデバイスは長い間オフラインだったため、アクセスの期限が切れました。',
  'blocked.PROOF_INVALID': 'このデバイスは、認証情報の所有を証明できませんでした。',
  'blocked.AUDIENCE_UNCONFIRMED': 'サインインがこのリレー向けではありません。',
  'blocked.DEVICE_REVOKED':
    'このデバイスは、あなたのほかのデバイスから、またはリレーの管理者によって取り消されました。',
  'blocked.NOT_PAIRED': 'このデバイスはまだどのリレーともペアリングされていません。',
  'blocked.SIGN_IN_EXPIRED': 'サインインの有効期限が切れました。',
  'blocked.stopped': '停止しました',
  'blocked.stopped.detail': 'リレーがこのデバイスを拒否しました: {reason}',
  'blocked.builtIn':
    '内蔵リレーがこのパソコンを受け付けなくなりました。続けるには、もう一度設定してください。',
  'blocked.replaced': '接続が引き継がれました',
  'blocked.replaced.detail':
    '別のアプリがこのデバイスとして動作し、接続を引き継ぎました。そのアプリを終了してから再接続してください。このインストールのコピーである場合は、どちらか一方で再サインインしてください。',
  'blocked.tooOld': '更新が必要',
  'blocked.tooOld.detail':
    'このアプリとリレーに共通するバージョンがありません。アプリを更新してください。最新の場合は、リレーの管理者に更新を依頼してください。',
  'blocked.limit': 'デバイス数の上限',
  'blocked.limit.detail':
    'このリレーには、これ以上デバイスを追加できません。先に別のデバイスを切断してから再接続してください。',

  'error.RELAY_UNREACHABLE':
    'リレーに接続できません。アドレス、ネットワーク、プロキシの設定を確認してください。',
  'error.RELAY_REFUSED': 'このアドレスで応答したのはリレーではありません。アドレスを確認してください。',
  'error.PAIRING_CODE_INVALID':
    'ペアリングコードが間違っているか、使用済みか、期限切れです。リレーに新しいコードが表示されます。',
  'error.PAIRING_LOCKED':
    '間違ったコードが多すぎます。1 分待ってから、リレーに表示されているコードを使ってください。',
  'error.SIGN_IN_FAILED': 'サインインできませんでした。もう一度お試しください。',
  'error.OFFLINE': 'このパソコンはオフラインです。',
  'error.CARRIER_DEAD': '応答がなくなったため、接続を切断しました。',
  'error.HELLO_TIMEOUT': 'リレーが時間内に応答しませんでした。',
  'error.SECRETS_UNAVAILABLE':
    'システムのキーチェーンを現在使えません。ロックを解除して、もう一度お試しください。内容は変更されていません。',
  'error.KEY_NOT_FOUND': 'そのキーはありません。すでに取り消された可能性があります。',
  'error.SCOPE_MISSING': 'リクエストに必要な権限がキーにありません。',
  'error.MODEL_NOT_ALLOWED': 'このキーではこのモデルを使えません。',
  'error.UPSTREAM_UNREACHABLE': 'モデルサーバーが応答しません。動作しているか確認してください。',
  'error.UPSTREAM_FAILED': 'モデルサーバーが回答を中断しました。',
  'error.TOO_MANY_REQUESTS': 'リクエストが多すぎます。しばらくお待ちください。',
  'error.TUNNEL_LOST': '回答が終わる前に接続が切れました。',
  'error.INTERNAL': '問題が発生しました。詳細はログにあります。',

  'problem.relayLocal': 'このリレーに接続できるのはこのパソコンだけです',
  'problem.relayLocal.text':
    'アドレスがこのパソコン自身を指しています。スマートフォンや外出先からモデルを使うには、インターネット上のリレーを使ってください。',
  'problem.relayLocal.builtIn':
    '自宅のスマートフォンからモデルを使うには、リレーを「ホームネットワーク」に変更してください。外出先から使うには、インターネット上のリレーを使ってください。',
  'problem.builtInRelayFailed': '内蔵リレーが動いていません',
  'problem.builtInRelayFailed.portInUse':
    '別のプログラムがポート {port} を使用しています。そのプログラムを終了すると、リレーは自動的に起動します。',
  'problem.builtInRelayFailed.stopped':
    '予期せず停止しました。アプリが自動的に再起動します。何度も停止する場合は、ログで原因を確認してください。',
  'problem.networkNotAllowed': 'このネットワークからは接続できません',
  'problem.networkNotAllowed.text':
    '安全のため、このネットワークのスマートフォンやパソコンはリレーを使えません。信頼できるネットワークでのみ許可してください。',
  'problem.networkMissing.text':
    'このパソコンはネットワークに接続されていません。ホームネットワークに戻ると、スマートフォンから再びリレーを使えます。',
  'problem.keychainEmptied': 'キーチェーンが変わりました',
  'problem.keychainEmptied.text':
    'このアプリの秘密情報がありません。キーチェーンが空にされたか、置き換えられています。再サインインするか、以前のキーチェーンを復元してアプリを再起動してください。',
  'problem.secretsInMemory': 'サインインが保存されていません',
  'problem.secretsInMemory.text':
    'システムにキーチェーンがないため、アプリを終了するとサインインが失われます。あなたのユーザーアカウントだけが読めるファイルに保存することもできます。',
  'problem.relayNotEncrypted': '接続が暗号化されていません',
  'problem.relayNotEncrypted.text':
    'このパソコンと {relay} の間のネットワークにいる人は、通信内容を読み取れます。',
  'problem.relayNotEncrypted.builtIn':
    'ホームネットワークにいる人は、あなたのデバイスとこのパソコンの間の通信内容を読み取れます。信頼できるネットワークでのみ、このリレーを使ってください。',
  'problem.trayUnavailable': 'トレイアイコンなし',
  'problem.trayUnavailable.text':
    'このデスクトップはトレイアイコンを表示しないため、ウインドウを閉じるとアプリが終了します。代わりに最小化してください。GNOME では、拡張機能「AppIndicator and KStatusNotifierItem Support」で表示できます。',
  'problem.updateReady': 'アップデートの準備完了',
  'problem.updateAvailable': 'アップデートがあります',
  'problem.secretsInFile': 'サインインはファイルに保存されています',
  'problem.secretsInFile.text':
    'システムのキーチェーンではなく、あなたのユーザーアカウントだけが読めるファイルにあります。',
  'problem.notice': 'お知らせ',

  'relay.paired': 'ペアリング済み',
  'relay.signedIn': '{issuer} でサインイン中',

  'upstream.looking': 'モデルサーバーを探しています',
  'upstream.looking.detail': 'このパソコンで Ollama、LM Studio、llama.cpp、vLLM を探しています。',
  'upstream.demo': 'デモモデル',
  'upstream.demo.detail':
    '実際のモデルサーバーが動くまで、架空の文章を返します。自分のモデルを使うには Ollama をインストールしてください。',
  'upstream.here': 'このパソコンにあります。',
  'upstream.elsewhere': '別のパソコンにあります。',
  'upstream.noModels.ollama': 'モデルがまだありません。下から最初のモデルをダウンロードしてください。',
  'upstream.noModels.other': 'モデルがまだありません。モデルサーバーで読み込んでください。',
  'upstream.needsKey': 'モデルサーバーに API キーが必要です',
  'upstream.needsKey.detail': '{server} には API キーが必要です。設定で入力してください。',
  'upstream.keyRefused': 'API キーが無効です',
  'upstream.keyRefused.detail': '{server} が API キーを受け付けません。正しいキーを設定で入力してください。',
  'upstream.loading': 'モデルを読み込み中',
  'upstream.loading.detail': '{server} がモデルを読み込んでいます。完了するとリクエストに応答します。',
  'upstream.failing': 'モデルサーバーに問題があります',
  'upstream.failing.detail':
    '{server} がエラーを返しています。詳細はサーバーのログを確認してください。再起動で直ることがあります。',
  'upstream.none': 'モデルサーバーが見つかりません',
  'upstream.none.detail':
    'このパソコンで Ollama、LM Studio、llama.cpp、vLLM のいずれかを起動してください。アプリが自動的に検出します。',
  'upstream.silent': 'モデルサーバーが応答しません',
  'upstream.silent.detail': '{url} から応答がありません。サーバーが起動すると、アプリが自動的に検出します。',

  'pull.running': '{model} をダウンロード中',
  'pull.progress': '{model} をダウンロード中: {total} 中 {done}',
  'pull.done': '{model} を使えるようになりました。',
  'pull.unknown': 'Ollama のライブラリにモデル「{model}」はありません。名前を確認してください。',

  'chat.failed': 'モデルが応答しませんでした。もう一度試すか、「診断」ページでチェックを実行してください。',

  'request.chat': 'チャット',
  'request.completion': 'テキスト補完',
  'request.embeddings': '埋め込み',
  'request.models': 'モデルの一覧',
  'request.modelDetails': 'モデルの詳細',
  'request.loaded': '読み込み済みモデル',
  'request.pull': 'モデルのダウンロード',
  'request.create': 'モデルの作成',
  'request.delete': 'モデルの削除',
  'request.copy': 'モデルのコピー',
  'request.kept': '保持された回答',
  'request.tokens': 'トークン数の計算',
  'request.version': 'バージョン',
  'request.keptFor': { other: '保持中、残り {count} 分' },
  'request.status': 'モデルサーバーがステータス {status} を返しました。',

  'update.unsupported':
    'このアプリはパッケージとしてインストールされていないため、自動的にアップデートできません。',
  'update.notChecked': 'アップデートはまだ確認していません。',
  'update.upToDate': 'バージョン {version} は最新です。',
  'update.checking': 'アップデートを確認しています。',
  'update.available': 'バージョン {version} を利用できます。',
  'update.packageManager':
    'バージョン {version} を利用できます。システムのパッケージマネージャーでインストールしてください。',
  'update.packageManager.command':
    'バージョン {version} を利用できます。パッケージをダウンロードし、次のコマンドでインストールしてください: {command}',
  'update.downloading': 'バージョン {version} をダウンロードしています。',
  'update.installing': 'バージョン {version} をインストールしています。',
  'update.failed': '{reason} バージョン {version} を引き続き使用します。',
  'update.waitsForRequests': '処理中のリクエストが完了すると、バージョン {version} をインストールします。',
  'update.waitsForQuiet':
    'しばらくリクエストがなければ、バージョン {version} をインストールします。今すぐインストールすることもできます。',
  'update.waitsForQuit':
    'アプリの終了時にバージョン {version} をインストールします。今すぐインストールすることもできます。',
  'update.ready': 'バージョン {version} をインストールできます。',

  'tray.upstream': { other: '{name}、{count} 個のモデル' },
  'tray.hideWindow': 'ウインドウを隠す',
  'tray.showWindow': 'ウインドウを表示',
  'tray.reconnect': '今すぐ再接続',
  'tray.copyUrl': 'アドレスをコピー',
  'tray.copyKey': 'キーをコピー',
  'tray.recent': '最近のリクエスト',
  'tray.noRecent': 'まだありません',
  'tray.settings': '設定…',
  'tray.about': 'CloudToLocalLLM について',
  'tray.quit': '終了',
  'tray.quitNow': '今すぐ終了',
  'tray.pull': '{model} をダウンロード中: {percent}',
  'tray.jobs': { other: 'ジョブ {count} 件' },
  'tray.running': '処理中',
  'tray.done': '完了',
  'tray.failed': '失敗',
  'tray.cancelled': 'キャンセル',
  'tray.tokensPerSecond': '{speed} トークン/秒',
  'tray.update.available': 'バージョン {version} があります…',
  'tray.update.downloading': '{version} をダウンロード中',
  'tray.update.waiting': 'リクエスト完了後に {version} へ更新',
  'tray.update.ready': '再起動して {version} に更新',
  'tray.update.installing': '{version} に更新中',
  'tray.update.checking': 'アップデートを確認中',
  'tray.update.check': 'アップデートを確認',

  'notification.stillRunning': 'CloudToLocalLLM は動作を続けています',
  'notification.stillRunning.tray': 'トレイにあります。終了もそこから行えます。',
  'notification.stillRunning.hidden': 'もう一度起動するとウインドウが表示されます。',
  'notification.newClient': '新しいクライアント',
  'notification.newClient.text': 'キー「{key}」が初めて使われました。',
  'notification.relayDown': 'リレーに接続できません',
  'notification.relayDown.text': '5 分間モデルにアクセスできていません。アプリは接続を試み続けます。',

  'quit.question': { other: 'リクエスト {count} 件を処理中です' },
  'quit.detail':
    '今すぐ終了すると中断されます。新しいリクエストの受け付けを止め、処理が完了してから終了することもできます。',
  'quit.whenFinished': '完了後に終了',
  'quit.now': '今すぐ終了',
  'quit.cancel': 'キャンセル',

  'menu.app': 'CloudToLocalLLM',
  'menu.edit': '編集',
  'menu.view': '表示',
  'menu.window': 'ウインドウ',
  'menu.settings': '設定…',
  'menu.about': 'CloudToLocalLLM について',
  'menu.quit': '終了',
  'menu.close': 'ウインドウを閉じる',
  'menu.zoomIn': '拡大',
  'menu.zoomOut': '縮小',
  'menu.zoomReset': '実際のサイズ',
  'menu.undo': '元に戻す',
  'menu.redo': 'やり直す',
  'menu.cut': '切り取り',
  'menu.copy': 'コピー',
  'menu.paste': '貼り付け',
  'menu.selectAll': 'すべて選択',
  'menu.minimize': '最小化',
  'page.status': '状態',
  'page.connect': '接続',
  'page.keys': 'キー',
  'page.requests': 'リクエスト',
  'page.jobs': 'ジョブ',
  'page.devices': 'デバイス',
  'page.settings': '設定',
  'page.diagnostics': '診断',

  'snippet.terminal': 'Linux または macOS のターミナルで。',
  'snippet.powerShell': 'Windows の PowerShell で、Ollama CLI と一緒に。',
  'snippet.curl': 'Linux または macOS のターミナル、あるいは Git Bash で。',
  'snippet.sdk': 'JavaScript または TypeScript で。Python でのオプション名は base_url と api_key です。',
  'snippet.openWebUi': 'Admin Settings → Connections → OpenAI → Manage → Add New Connection で。',
  'snippet.continue': '~/.continue/config.yaml に。すでにモデルがある場合は、この項目を一覧に追加します。',
  'snippet.cursor':
    'Cursor Settings → Models で。Cursor は自社のサーバーからリクエストを送るため、インターネットからアクセスできるアドレスが必要です。',
  'snippet.cline': 'Cline の設定で、API プロバイダーに「OpenAI Compatible」を選びます。',
  'snippet.zed':
    'Zed の settings.json に。キーはエージェントパネルの設定か、環境変数 CLOUDTOLOCALLLM_API_KEY に入力します。',
  'snippet.homeAssistant':
    '設定 → デバイスとサービス → 統合を追加 → Ollama で。キーの入力欄がないため、アドレスにキーが含まれます。',
  'snippet.n8n': 'Credentials → Add credential → OpenAI で。',
  'snippet.claudeCode': 'Linux または macOS のターミナルで。',
  'snippet.codex':
    '~/.codex/config.toml に。Codex は環境変数 CLOUDTOLOCALLLM_API_KEY からキーを読み取ります。',

  ...CHECKS_JA,
  ...ERRORS_JA,
  ...REQUESTS_JA,
}
