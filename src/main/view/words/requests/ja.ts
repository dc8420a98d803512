import type { Translation } from '../../../../shared/i18n/catalogue.ts'
import type { REQUESTS_EN } from './en.ts'

export const REQUESTS_JA: Translation<typeof REQUESTS_EN> = {
  'error.UNAUTHORIZED': 'リクエストに有効なキーがありませんでした。',
  'error.KEY_UNKNOWN': 'キーが不明か、取り消されたか、期限切れです。',
  'error.FORBIDDEN': 'この認証情報は別の所有者のものです。',
  'error.HOST_NOT_TRUSTED':
    'リレーはこのホスト名を認識していません。リレー自身のアドレスを使うか、リレーの管理者に許可を依頼してください。',
  'error.HTTPS_REQUIRED': 'リレーは暗号化された接続だけを受け付けます。https:// のアドレスを使ってください。',
  'error.ORIGIN_NOT_TRUSTED': 'リレーはこのオリジンのページにこの操作を許可していません。',
  'error.NOT_FOUND': 'リクエストのパスが不明です。',
  'error.BAD_PATH': 'リクエストのパスは使えません。',
  'error.URI_TOO_LONG': 'リクエストのパスが長すぎます。',
  'error.TEXT_TOO_LONG': 'リクエストに長すぎる名前または値があります。',
  'error.BAD_REQUEST': 'リクエストが正しくありません。',
  'error.REQUEST_TIMEOUT': 'リクエストが時間内に届きませんでした。',
  'error.UPGRADE_REQUIRED': 'リレーの手前のプロキシが WebSocket を通していません。',
  'error.METHOD_NOT_ALLOWED': 'このパスはこの種類のリクエストに対応していません。',
  'error.BODY_TOO_LARGE': 'リクエストが大きすぎます。',
  'error.TOO_MANY_STREAMS': '同時のリクエストが多すぎます。どれかが終わるまでお待ちください。',
  'error.TOO_MANY_BYTES':
    '実行中のリクエストがメモリの上限に達しています。どれかが終わるまでお待ちください。',
  'error.MEMORY_FULL':
    '大きなリクエストのためのメモリが残っていません。しばらくしてからもう一度お試しください。',
  'error.HEADERS_TOO_LARGE': 'リクエストのヘッダーが大きすぎます。',
  'error.CIRCUIT_OPEN': 'モデルサーバーが続けて何度も失敗しました。しばらくしてからもう一度お試しください。',
  'error.DEVICE_UNKNOWN': 'この名前の接続中のデバイスはありません。',
  'error.DEVICE_AMBIGUOUS': '複数のデバイスが該当します。',
  'error.ACK_TIMEOUT': 'このパソコンが時間内にリクエストの受信を確認しませんでした。',
  'error.IDLE_TIMEOUT': 'リクエストの動きが長い間なかったため、中止しました。',
  'error.EXPECTATION_FAILED': 'リレーはリクエストの Expect に対応していません。',
  'error.KEPT_NAME_REUSED': 'この Idempotency-Key は、直前に別のリクエストで使われました。',
  'error.KEPT_NOT_FOUND': 'この名前で保存されている回答はありません。期限切れになった可能性があります。',
  'error.KEPT_POSITION_UNKNOWN': '回答はまだそのバイト数に達していません。',
  'error.KEPT_REPLACED': 'この名前の回答は新しいものです。リクエストが再実行されました。',
  'error.KEPT_STOPPED': '回答は途中で停止されました。',
  'error.JOB_STORAGE_FULL':
    'このキーのジョブが保存容量を使い切りました。先に終わったジョブを削除してください。',
  'error.JOB_RESULT_TOO_LARGE':
    '回答が大きすぎて、ジョブに保存できません。一度に求める量を減らしてください。',
  'error.BODY_NOT_STRICT': 'リクエストの JSON があいまいか、正しくありません。',
  'error.MEDIA_NOT_SUPPORTED': 'リクエストのメディアタイプまたはエンコーディングを確認できません。',
  'error.KEEP_ALIVE_NOT_ALLOWED': 'このキーでは、モデルをメモリに保持することも解放することもできません。',
  'error.UPSTREAM_UNSUPPORTED': 'モデルサーバーは OpenAI API だけに対応しています。',
  'error.TOKEN_EXPIRED': 'アクセストークンの期限が切れました。',
  'error.SHARED_STATE_UNREACHABLE':
    'リレーがほかのリレーに接続できません。しばらくしてからもう一度お試しください。',
  'error.REPLACED': 'このデバイスの ID を持つ別のアプリが接続を引き継ぎました。',
  'error.PROTOCOL_ERROR': '相手側がプロトコルに違反したため、接続を切断しました。',
  'error.FRAME_TOO_LARGE': 'メッセージが大きすぎたため、接続を切断しました。',
  'error.SUPERSEDED': '新しい接続に引き継がれました。',
  'error.BRIDGE_STOPPED': 'アプリが接続を終了しました。',
  'error.PORT_IN_USE': 'ポートはすでに使われています。使用しているプログラムを終了してください。',
  'error.CERTIFICATE_UNAVAILABLE': 'リレーにはまだドメインの証明書がありません。自動的に再試行します。',
}
