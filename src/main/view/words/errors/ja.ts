import type { Translation } from '../../../../shared/i18n/catalogue.ts'
import type { ERRORS_EN } from './en.ts'

export const ERRORS_JA: Translation<typeof ERRORS_EN> = {
  'case.relayUrl.form': 'リレーのアドレスは https://relay.example.com のような形式で入力してください。',
  'case.relayUrl.user': 'リレーのアドレスにユーザー名やパスワードを含めることはできません。',
  'case.relayUrl.query': 'リレーのアドレスに「?」や「#」を含めることはできません。',
  'case.relayUrl.plain':
    'http:// のアドレスでは、このデバイスの認証情報が暗号化されずに送られます。https:// を使ってください。',
  'case.relayUrl.unencrypted':
    '{host} への接続は暗号化されていません。ネットワークにいる人は誰でも通信内容を読み取れます。',
  'case.relayUrl.moved': '{origin} は別の URL にリダイレクトします。{target} を使ってください',
  'case.proxyUrl': 'プロキシのアドレスが http://proxy:3128 のような URL ではありません。',

  'case.pairingCode':
    'これはペアリングコードではありません。リレーに表示されているコード (例: ABCD-2345) を使ってください。',
  'case.identityDamaged':
    '保存されているこのデバイスの ID 情報が壊れています。サインインするか、もう一度ペアリングしてください。',
  'case.signIn.pairOnly':
    'このリレーには ID プロバイダーがありません。リレーに表示されているコードでペアリングしてください。',
  'case.signIn.late': 'サインインが時間内に完了しませんでした。もう一度お試しください。',
  'case.signIn.cancelled': 'サインインがキャンセルされました。',
  'case.signIn.declined': 'サインインが拒否されました。',
  'case.signIn.refused': 'ID プロバイダーがサインインを拒否しました: {reason}',
  'case.signIn.unsafe': '{host} は https を使っていないため、安全にサインインできません。',
  'case.signIn.unusable': 'ID プロバイダーの応答を使えません。',
  'case.signIn.browser': 'ブラウザーを開けませんでした。',
  'case.signIn.audience':
    'リレー {url} が、自身の URL ではない {audience} 用のアクセストークンを求めています。リレーに渡してもよい場合は、再サインインして対象を確認してください。',

  'upstream.at': '{url} の {name}',
  'case.upstream.server': 'モデルサーバー',
  'case.upstream.needsKey': '{server} は API キーを求めています。',
  'case.upstream.keyRefused': '{server} は設定されている API キーを受け付けません。',
  'case.upstream.loading': '{server} はまだモデルを読み込んでいます。',
  'case.upstream.failing': '{server} がエラーを返します (ステータス {status})。',
  'case.upstream.none':
    'このパソコンでモデルサーバー (Ollama、LM Studio、llama.cpp、vLLM) が見つかりませんでした。動作しているか確認してください。',
  'case.upstream.stranger': '{url} のサーバーはモデルサーバーではありません。アドレスを確認してください。',
  'case.upstream.silent': '{url} でモデルサーバーが応答しません。動作しているか確認してください。',
  'case.upstream.gone': '{server} が応答しません。動作しているか確認してください。',
  'case.upstream.url': 'モデルサーバーのアドレスは、ホスト:ポート または http(s) の URL で入力してください。',
  'case.upstream.keyFirst': 'API キーの前に、モデルサーバーのアドレスを設定してください。',
  'case.upstream.key': 'モデルサーバーの API キーは、空白を含まない 1,024 文字以内の ASCII 文字列です。',
  'case.upstream.keyFile': 'キーファイル {path} を読み取れません。',
  'case.upstream.keyWithoutServer':
    '指定されていないモデルサーバーの API キーが設定されています。キーは設定画面で入力してください。',

  'case.ollama.removed': 'Ollama はもうインストールされていません。',
  'case.ollama.notStarted': 'Ollama を起動できませんでした。',
  'case.ollama.notRunning': 'モデルをダウンロードするには、Ollama を起動してください。',
  'case.modelName': 'これはモデルの名前ではありません。例: llama3.2',

  'case.defaultKeyRevoked': '既定のキーは取り消されました。「接続」ページで新しいキーを作成してください。',
  'case.addressUnknown': 'アドレスは、アプリが一度オンラインになるまでわかりません。',
  'case.notReady': 'アプリの準備ができていません。しばらくしてからもう一度お試しください。',
  'case.windowRequest':
    'ウインドウから正しくないリクエストが送られました。ウインドウを閉じて、もう一度開いてください。',

  'case.settings.managed': '{names}: 組織によって管理されているため、変更できません',
  'case.settings.foreignFile': '{path} はこのアプリの設定ファイルではありません。',
  'case.settings.policy': '{path} にある管理者の設定を読み取れません。',
  'case.settings.invalid': '{source}: {mistakes}',
  'case.settings.source.environment': 'このパソコンの設定',
  'case.settings.source.change': '設定',
  'case.setting.invalid': '「{name}」には{allowed}を指定してください。',
  'case.setting.unknown': '「{name}」という設定はありません。',
  'case.setting.notObject': '設定は JSON オブジェクトでなければなりません。',
  'allowed.number': '{min} から {max} までの整数',
  'allowed.switch': 'true または false',
  'allowed.choice': '次のいずれか ({values})',
  'allowed.list': '次の値のリスト ({values})',
  'allowed.url': 'https://relay.example.com のような URL (ユーザー名、「?」、「#」なし)',
  'allowed.text': '1 文字以上 {max} 文字以内のテキスト',
  'allowed.other': 'アプリが書き出したとおりの値',
  'allowed.orNull': '{allowed}、または null',

  'case.key.invalid': '{mistakes}',
  'case.key.noName': 'キーに名前を付けてください。',
  'case.key.longName': '名前は {max} 文字以内にしてください。',
  'case.key.name': '名前に制御文字を含めることはできません。',
  'case.key.scopes': '権限を 1 つ以上選んでください。',
  'case.key.models': 'モデルを 1 つ以上、またはすべて選んでください。',
  'case.key.longModel': 'モデルの名前は 1 文字以上 {max} 文字以内にしてください。',
  'case.key.expires': 'キーの有効期限は、日時または無期限にしてください。',
  'case.key.limit': '制限は 1 から {max} までの整数にしてください。',

  'case.device.current': 'これは現在のデバイスです。設定でサインアウトしてください。',
  'case.device.ambiguous': 'この名前のデバイスが複数あります。',
  'case.device.unknown': 'リレーはこのデバイスを認識していません。すでに取り消された可能性があります。',

  'case.alreadyRunning':
    '別のブリッジ ({who}) がすでに {dir} を使っています。停止してから、アプリをもう一度起動してください。',
  'case.alreadyRunning.process': 'プロセス {pid}',
  'case.alreadyRunning.silent': '応答しないプロセス',
  'case.certificates': '{path} の証明書を使えません。',
  'case.certificates.none': '証明書が含まれていません',

  'case.dataDir': '{problem}',
  'case.dataDir.foreign':
    '{path} は別のユーザーのもので、そのユーザーがアクセスできる可能性があります。そのユーザーとしてアプリを使うか、ファイルまたはフォルダーの所有者を自分に変更してください。',
  'case.dataDir.writable':
    'ほかのユーザーが {path} に書き込めるため、アクセスされる可能性があります。自分だけが書き込めるようにアクセス権を変更してください。',
  'case.dataDir.notAFile': '{path} はファイルではありません。',
  'case.dataDir.link':
    '{path} はシンボリックリンクで、ここでは使えません。ファイルそのものを置いてください。',
  'case.dataDir.socket':
    'ほかのユーザーがフォルダー {dir} にアクセスできます。自分だけがアクセスできるようにアクセス権を変更してください。',

  'case.file.unusable': '{path} を使えません: {reason}',
  'case.file.newer':
    '{path} は新しいバージョンで書き込まれています。そのバージョンをもう一度インストールしてください。',
  'case.file.notJson': 'JSON ではありません',
  'case.file.content': 'このアプリの内容ではありません',
  'case.file.damaged': '破損しています',
  'case.file.other': 'システムがエラーを報告しています。',
  'case.file.diskFull': 'ディスクがいっぱいです。空き容量を増やして、もう一度お試しください。',
  'case.file.denied': 'アクセスが拒否されました。所有者とアクセス権を確認してください。',
  'case.file.readOnly':
    '読み取り専用のファイルシステムにあります。別のパスを選ぶか、書き込めるようにしてください。',
  'case.file.missing': 'パスの一部が存在せず、作成もできません。別のパスを選んでください。',
  'case.file.notADirectory': 'パスの一部がファイルです。別のパスを選んでください。',

  'case.keychain': '{trouble}。{cure}、もう一度お試しください。内容は変更されていません。',
  'case.keychain.missing': 'システムのキーチェーンを使えません',
  'case.keychain.locked': 'システムのキーチェーンがロックされています',
  'case.keychain.refused': 'システムのキーチェーンが機能しません',
  'case.keychain.tooLarge': 'システムのキーチェーンは、この大きさの値を受け付けません',
  'case.keychain.silent': 'システムのキーチェーンが応答しません',
  'case.keychain.emptied':
    'システムのキーチェーンにこのデバイスの秘密情報がありません。空にされたか、置き換えられています',
  'case.keychain.cure.missing':
    'キーチェーンを起動またはインストールして (Linux では GNOME Keyring、KWallet、KeePassXC)',
  'case.keychain.cure.locked': 'ロックを解除して',
  'case.keychain.cure.refused': 'システムのキーチェーンアプリで確認して',
  'case.keychain.cure.tooLarge': 'ID プロバイダーがより短いトークンを発行するようにして',
  'case.keychain.cure.silent': 'パスワードの入力画面を探してロックを解除し',
  'case.keychain.cure.emptied': '以前のキーチェーンを復元して',
  'case.secretsKind':
    '「{text}」にはアプリの秘密情報を保存できません。次のいずれかを選んでください: {kinds}。',

  'notice.fileReplaced':
    'ファイル {path} を使えませんでした ({reason})。{movedTo} として保存し、空のファイルに置き換えました。',
  'notice.usageOff': '使用状況は記録されません: {reason}',
  'notice.usageFailing': '現在、使用状況を記録できません。ディスクに空きがあるか確認してください。',
  'notice.jobsOff': 'ジョブを使えません: {reason}',
  'notice.secretsInFile':
    '{trouble}。そのため、このデバイスの認証情報は {path} に保存されます。このファイルを読めるのは本人だけです。',
  'notice.secretsInMemory':
    '{trouble}。そのため、このデバイスの認証情報はアプリを終了するまでの間だけ保存されます。',

  'updateFailure.unreachable':
    'アップデートサーバーに接続できません。このパソコンのインターネット接続を確認してください。',
  'updateFailure.noRelease': 'このチャンネルには、このシステム用のリリースがまだありません。',
  'updateFailure.incomplete': 'リリースが不完全です。後でもう一度お試しください。',
  'updateFailure.altered':
    'ダウンロードしたファイルがリリースと一致しないため、破棄しました。後でもう一度お試しください。',
  'updateFailure.notWritable':
    'アプリが自身のファイルを置き換えられません。自分のフォルダーに移動するか、手動で更新してください。',
  'updateFailure.readOnly':
    'アプリが書き込みできないボリュームにあります。自分のフォルダーに移動して、もう一度お試しください。',
  'updateFailure.diskFull': 'ディスクがいっぱいです。空き容量を増やして、もう一度お試しください。',
  'updateFailure.refused':
    'アップデートサーバーがリクエストを拒否しました。後でもう一度試すか、新しいバージョンを手動でダウンロードしてください。',
  'updateFailure.proxyPassword':
    'プロキシがユーザー名とパスワードを求めています。システムのプロキシ設定で入力して、もう一度お試しください。',
  'updateFailure.proxyGone': 'プロキシに接続できません。システムのプロキシ設定を確認してください。',
  'updateFailure.unknownAuthority':
    'アップデートサーバーの証明書の発行元が、このパソコンで信頼されていません。このパソコンまたはネットワークのソフトウェアが TLS を検査している場合は、その証明書をシステムに追加してください。',
  'updateFailure.certificate':
    'アップデートサーバーの証明書が有効ではありません。このパソコンの時計を確認して、もう一度お試しください。',
  'updateFailure.notSigned':
    '新しいバージョンに現在のバージョンの発行元の署名がないため、インストールしませんでした。プロジェクトのページからダウンロードしてください。',
  'updateFailure.dismissed':
    '管理者のパスワードが入力されなかったため、何もインストールされませんでした。用意ができたら、もう一度お試しください。',
  'updateFailure.notAuthorized':
    'このアカウントではソフトウェアをインストールできないか、パスワードを確認する方法がありませんでした。パッケージを手動でインストールしてください。',
  'updateFailure.cannotAsk':
    'このパソコンには、管理者のパスワードを確認できるプログラムがありません。pkexec をインストールするか、パッケージを手動でインストールしてください。',
  'updateFailure.packageManager':
    'パッケージマネージャーが新しいバージョンをインストールできませんでした。パッケージを手動でインストールしてください。',

  'error.ALREADY_RUNNING':
    '別のブリッジがすでにこのデータフォルダーを使っています。停止してから、アプリを起動し直してください。',
  'error.AUDIENCE_UNCONFIRMED':
    'アクセストークンの対象がこのリレーではないため、送信しませんでした。再サインインし、信頼できる場合は対象を確認してください。',
  'error.CONFIG_INVALID': '使えない値の設定があります。',
  'error.CREDENTIAL_EXPIRED': 'このデバイスの認証情報の期限が切れました。もう一度ペアリングしてください。',
  'error.CREDENTIAL_INVALID':
    'リレーがこのデバイスの認証情報を受け付けません。サインインするか、もう一度ペアリングしてください。',
  'error.DEVICE_REVOKED':
    'このデバイスは、所有者またはリレーの管理者によって取り消されました。間違いの場合は、もう一度ペアリングしてください。',
  'error.DRAINING': 'リレーが停止しようとしています。しばらくしてからもう一度お試しください。',
  'error.ISSUER_UNREACHABLE':
    'ID プロバイダーが応答しないため、サインインを確認できません。しばらくしてからもう一度お試しください。',
  'error.JOBS_UNAVAILABLE':
    'このパソコンではジョブとファイルを保存できません。アプリを更新し、ログで原因を確認してください。',
  'error.JOB_CANCELLED': 'ジョブはキャンセルされたため、結果がありません。結果を得るには再試行してください。',
  'error.JOB_EXPIRED': 'ジョブが時間内に終わりませんでした。もう一度作成するか、再試行してください。',
  'error.JOB_INTERRUPTED':
    'このリクエストの実行中にアプリが 3 回クラッシュまたは強制終了したため、リクエストは再送されません。リクエストが原因でない場合は、ジョブを再試行してください。',
  'error.JOB_NOT_FINISHED': 'ジョブはまだ終わっていません。終わるまで待つか、先にキャンセルしてください。',
  'error.JOB_NOT_FOUND': 'この ID のジョブがないか、別のキーのジョブです。削除された可能性があります。',
  'error.NOT_PAIRED':
    'このデバイスはリレーとペアリングされていません。サインインするか、ペアリングしてください。',
  'error.PROOF_INVALID':
    'このデバイスは、認証情報の所有を証明できませんでした。もう一度ペアリングしてください。解決しない場合は、リレーの前にあるプロキシがヘッダーを削除しています。',
  'error.SIGN_IN_EXPIRED': 'サインインの有効期限が切れました。再サインインしてください。',
  'error.TOO_MANY_CONNECTIONS':
    'リレーはこれ以上の接続を受け付けられません。しばらくしてからもう一度お試しください。',
  'error.TOO_MANY_DEVICES':
    'デバイス数の上限に達しました。先に別のデバイスを切断してから、このデバイスを再接続してください。',
  'error.TOO_MANY_JOBS':
    '待機中のジョブが多すぎます。どれかが終わるまで待つか、いくつかキャンセルしてください。',
  'error.UPSTREAM_UNAUTHORIZED':
    'モデルサーバーが API キーを求めているか、設定されているキーを受け付けません。設定で API キーを入力してください。',
  'error.VERSION_UNSUPPORTED':
    'リレーとこのアプリに共通するプロトコルのバージョンがありません。古いほうを更新してください。',
}
