import type { Translation } from '../../../shared/i18n/catalogue.ts'
import type { SETUP_EN } from './en.ts'

export const SETUP_DE: Translation<typeof SETUP_EN> = {
  'setup.steps': 'Schritte',
  'setup.step.relay': 'Relay',
  'setup.step.device': 'Dieser Computer',
  'setup.step.test': 'Test',
  'setup.route': 'Weg einer Anfrage',
  'setup.route.clients': 'Deine Clients',
  'setup.title': 'Deine Modelle von überall nutzen',
  'setup.text':
    'Ein Relay im Internet leitet Anfragen an die Modelle auf diesem Computer weiter. Hier wird kein Port geöffnet. Welches Relay möchtest du nutzen?',
  'setup.again': 'Erneut anmelden',
  'setup.again.text': 'Die jetzige Anmeldung bleibt bestehen, bis die neue geklappt hat.',
  'setup.choice': 'Relay',
  'setup.have': 'Ich habe ein Relay',
  'setup.create': 'Eins einrichten',
  'setup.here': 'Hier ausprobieren',
  'setup.address': 'Adresse des Relays',
  'setup.addressHint': 'Frag die Person, die das Relay betreibt, oder richte eins ein.',
  'setup.addressMissing': 'Gib die Adresse eines Relays ein.',
  'setup.addressIsKey':
    'Das ist ein Schlüssel oder ein Kopplungscode. Gib zuerst die Adresse des Relays ein.',
  'setup.create.text':
    'Du brauchst einen Server mit Domainnamen und freien Ports 80 und 443. Installiere dort CloudToLocalLLM und führe diesen einen Befehl aus: Er holt sich sein Zertifikat selbst und gibt einen Link aus, der diesen Computer verbindet.',
  'setup.create.command': 'Auf dem Server',
  'setup.create.docs': 'Anleitung auf GitHub öffnen',
  'setup.here.text':
    'Ein Relay auf diesem Computer ist für einen ersten Blick: Nur dieser Computer erreicht es, nicht dein Telefon. Starte es in einem Terminal und suche dann danach.',
  'setup.here.command': 'In einem Terminal',
  'setup.here.look': 'Danach suchen',
  'setup.here.none':
    'Auf diesem Computer läuft noch kein Relay. Starte eins mit dem Befehl oben und suche dann erneut.',
  'setup.copyCommand': 'Befehl kopieren',
  'join.pair': 'Diesen Computer koppeln',
  'join.signIn': 'Anmelden',
  'join.found.pair':
    'Relay unter {url} gefunden. Gib einen Kopplungscode ein, um diesen Computer zu verbinden.',
  'join.found.signIn': 'Relay unter {url} gefunden. Melde dich an, um diesen Computer zu verbinden.',
  'join.local': 'Nur dieser Computer erreicht dieses Relay.',
  'join.linked':
    'Aus einem Link ausgefüllt. Fahre nur fort, wenn du der Person vertraust, die ihn geschickt hat.',
  'join.or': 'oder',
  'join.closed': 'Dieses Relay nimmt keine neuen Geräte an. Frag die Person, die es betreibt.',
  'join.other': 'Anderes Relay verwenden',
  'join.code': 'Kopplungscode',
  'join.code.label': 'Einmalcode',
  'join.code.hint':
    'Das Relay gibt beim Start einen Code aus. Frag die Person, die das Relay betreibt. Er gilt einmal.',
  'join.code.missing': 'Gib den Code ein.',
  'join.code.pair': 'Koppeln',
  'join.account': 'Dein Konto',
  'join.account.text': 'Öffnet {issuer} im Browser. Diese App sieht dein Passwort nie.',
  'join.account.audience':
    '{name} verlangt Zugriff auf „{audience}“, was nicht die eigene Adresse ist. Melde dich nur an, wenn du ihm diesen Zugriff anvertraust.',
  'join.account.signIn': 'Mit {issuer} anmelden',
  'browser.title': 'Im Browser fortfahren',
  'browser.text':
    'Melde dich auf der geöffneten Seite von {issuer} an; danach geht es hier automatisch weiter.',
  'browser.waiting': 'Warten auf deine Anmeldung',
  'works.skip': 'Fortfahren, ohne zu warten',
  'works.title': 'Es funktioniert',
  'works.text': 'Dein Modell hat durch das Relay geantwortet.',
  'works.online': 'Du bist online',
  'works.online.text': 'Der letzte Schritt ist ein kurzer Chat durch das Relay und zurück.',
  'works.noServer': 'Fast geschafft',
  'works.noServer.text':
    'Dieser Computer ist mit dem Relay verbunden. Für Antworten wird ein Modellserver gebraucht.',
  'works.clients': 'Für deine Clients',
  'works.start': 'Immer verfügbar',
}
