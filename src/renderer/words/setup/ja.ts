import type { Translation } from '../../../shared/i18n/catalogue.ts'
import type { SETUP_EN } from './en.ts'

export const SETUP_JA: Translation<typeof SETUP_EN> = {
  'setup.steps': '手順',
  'setup.step.relay': 'リレー',
  'setup.step.device': 'このパソコン',
  'setup.step.test': 'テスト',
  'setup.route': 'リクエストの経路',
  'setup.route.clients': 'クライアント',
  'setup.title': 'どこからでも自分のモデルを',
  'setup.text':
    'リレーは、スマートフォンなどのデバイスからのリクエストを、このパソコンのモデルに転送します。どのリレーを使いますか？',
  'setup.again': '再サインイン',
  'setup.change': 'リレーを変更',
  'setup.change.text': '新しい接続が使えるようになるまで、現在の接続はそのまま残ります。',
  'setup.choice': 'リレー',
  'setup.have': 'リレーがある',
  'setup.create': '自分で用意する',
  'setup.here': 'ここで試す',
  'setup.address': 'リレーのアドレス',
  'setup.addressHint': 'リレーの管理者に尋ねるか、自分で用意してください。',
  'setup.addressMissing': 'リレーのアドレスを入力してください。',
  'setup.addressIsKey': 'これはキーまたはペアリングコードです。先にリレーのアドレスを入力してください。',
  'setup.create.text':
    'ドメイン名があり、ポート 80 と 443 が空いているサーバーが必要です。CloudToLocalLLM をインストールして、このコマンドを実行してください。証明書は自動で取得され、このパソコンを接続するリンクが表示されます。',
  'setup.create.command': 'サーバーで',
  'setup.create.docs': 'GitHub で手順を開く',
  'setup.here.text':
    'このアプリ自体がリレーを動かします。サーバーもアカウントも不要で、以後はアプリと一緒に起動します。',
  'setup.here.who': '接続できる範囲',
  'setup.here.network':
    '同じネットワークのスマートフォンやパソコンから使えます。通信は暗号化されないので、信頼できるネットワークでのみ選んでください。',
  'setup.here.computer': 'このパソコンのプログラムとブラウザーから使えます。ほかからは接続できません。',
  'setup.here.networkNote':
    '外出先のスマートフォンからは接続できません。その場合は、ドメイン名のあるリレーを使ってください。受信接続を許可するかどうか、システムが尋ねることがあります。',
  'setup.here.start': '開始',
  'setup.here.portInUse':
    '別のプログラムがリレーのポートを使用しています。そのプログラムを終了してから、もう一度お試しください。',
  'setup.here.noNetwork':
    'このパソコンはネットワークに接続されていません。接続するか、「このパソコンのみ」を選んでください。',
  'setup.here.stopped':
    'リレーが予期せず停止しました。もう一度お試しください。また停止する場合は、ログで原因を確認してください。',
  'setup.copyCommand': 'コマンドをコピー',
  'join.pair': 'このパソコンをペアリング',
  'join.signIn': 'サインイン',
  'join.found.pair':
    '{url} にリレーが見つかりました。ペアリングコードを入力して、このパソコンを接続してください。',
  'join.found.signIn': '{url} にリレーが見つかりました。サインインして、このパソコンを接続してください。',
  'join.local': 'このリレーに接続できるのはこのパソコンだけです。',
  'join.linked': 'リンクから入力されました。送ってきた人を信頼できる場合にのみ続けてください。',
  'join.or': 'または',
  'join.closed': 'このリレーは新しいデバイスを受け付けていません。リレーの管理者に尋ねてください。',
  'join.other': '別のリレーを使う',
  'join.code': 'ペアリングコード',
  'join.code.label': 'ワンタイムコード',
  'join.code.hint':
    'リレーは起動時にコードを表示します。リレーの管理者に尋ねてください。使えるのは 1 回だけです。',
  'join.code.missing': 'コードを入力してください。',
  'join.code.pair': 'ペアリング',
  'join.account': 'あなたのアカウント',
  'join.account.text': 'ブラウザーで {issuer} を開きます。このアプリがパスワードを見ることはありません。',
  'join.account.audience':
    '{name} は、自身のアドレスではない「{audience}」へのアクセスを求めています。そのアクセスを任せられる場合にのみサインインしてください。',
  'join.account.signIn': '{issuer} でサインイン',
  'browser.title': 'ブラウザーで続けてください',
  'browser.text': '開いた {issuer} のページでサインインすると、ここで自動的に続行します。',
  'browser.waiting': 'サインインを待っています',
  'works.skip': '待たずに続ける',
  'works.title': '使えるようになりました',
  'works.text': 'リレー経由でモデルが応答しました。',
  'works.online': 'オンラインになりました',
  'works.online.text': '最後に、リレー経由で短いチャットを 1 回送ります。',
  'works.noServer': 'あと少しです',
  'works.noServer.text': 'このパソコンはリレーに接続されています。回答にはモデルサーバーが必要です。',
  'works.clients': 'クライアント用',
  'works.start': 'いつでも使えるように',
}
