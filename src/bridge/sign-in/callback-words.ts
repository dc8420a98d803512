import type { Translation } from '../../shared/i18n/catalogue.ts'
import { localeFor, preferredIn, type Language } from '../../shared/i18n/language.ts'
import { Translator } from '../../shared/i18n/translator.ts'

export const EN = {
  signedIn: 'You are signed in',
  'signedIn.text': '{device} is now connected to your account. You can close this tab.',
  failed: 'Sign-in failed',
  'failed.text': 'Return to CloudToLocalLLM. It shows the reason.',
  stray: 'Nothing here',
  'stray.text': 'No sign-in is in progress for this page. You can close this tab.',
} as const

type CallbackCatalogue = typeof EN

export const TRANSLATIONS: Readonly<Record<Language, Translation<CallbackCatalogue>>> = {
  en: EN,
  de: {
    signedIn: 'Du bist angemeldet',
    'signedIn.text': '{device} ist jetzt mit deinem Konto verbunden. Du kannst diesen Tab schließen.',
    failed: 'Anmeldung fehlgeschlagen',
    'failed.text': 'Wechsle zurück zu CloudToLocalLLM. Dort steht der Grund.',
    stray: 'Hier ist nichts',
    'stray.text': 'Für diese Seite läuft keine Anmeldung. Du kannst diesen Tab schließen.',
  },
  es: {
    signedIn: 'Has iniciado sesión',
    'signedIn.text': '{device} ya está conectado a tu cuenta. Puedes cerrar esta pestaña.',
    failed: 'No se pudo iniciar sesión',
    'failed.text': 'Vuelve a CloudToLocalLLM para ver el motivo.',
    stray: 'Aquí no hay nada',
    'stray.text': 'No hay ningún inicio de sesión en curso para esta página. Puedes cerrar esta pestaña.',
  },
  fr: {
    signedIn: 'Vous êtes connecté',
    'signedIn.text': '{device} est maintenant connecté à votre compte. Vous pouvez fermer cet onglet.',
    failed: 'Échec de la connexion',
    'failed.text': 'Retournez dans CloudToLocalLLM pour en connaître la raison.',
    stray: 'Rien à afficher',
    'stray.text': 'Aucune connexion n’est en cours pour cette page. Vous pouvez fermer cet onglet.',
  },
  ja: {
    signedIn: 'サインインしました',
    'signedIn.text': '{device} がアカウントに接続されました。このタブは閉じて構いません。',
    failed: 'サインインできませんでした',
    'failed.text': 'CloudToLocalLLM に戻って、理由を確認してください。',
    stray: '表示するものがありません',
    'stray.text': 'このページで進行中のサインインはありません。このタブは閉じて構いません。',
  },
  'zh-Hans': {
    signedIn: '你已登录',
    'signedIn.text': '{device} 已连接到你的账户。可以关闭此标签页。',
    failed: '登录失败',
    'failed.text': '请返回 CloudToLocalLLM 查看原因。',
    stray: '这里没有内容',
    'stray.text': '此页面没有正在进行的登录。可以关闭此标签页。',
  },
}

/** @param acceptLanguage the browser's header */
export function callbackWordsFor(acceptLanguage = ''): Translator<CallbackCatalogue> {
  const locale = localeFor('system', preferredIn(acceptLanguage))
  return new Translator(locale, EN, TRANSLATIONS[locale.language])
}
