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
    'Ein Relay leitet Anfragen von deinem Telefon und anderen Geräten an die Modelle auf diesem Computer weiter. Welches Relay möchtest du nutzen?',
  'setup.again': 'Erneut anmelden',
  'setup.change': 'Relay wechseln',
  'setup.change.text': 'Die jetzige Verbindung bleibt bestehen, bis die neue funktioniert.',
  'setup.choice': 'Relay',
  'setup.have': 'Ich habe ein Relay',
  'setup.create': 'Eins einrichten',
  'setup.here': 'Hier testen',
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
    'Diese App kann selbst ein Relay betreiben. Du brauchst keinen Server und kein Konto, und ab dann startet es mit der App.',
  'setup.here.who': 'Wer es erreichen kann',
  'setup.here.network':
    'Telefone und Computer im selben Netzwerk. Die Verbindung ist nicht verschlüsselt, wähle das also nur in einem Netzwerk, dem du vertraust.',
  'setup.here.computer': 'Programme und Browser auf diesem Computer. Sonst hat niemand Zugriff.',
  'setup.here.networkNote':
    'Unterwegs erreicht dein Telefon es nicht: Dafür brauchst du ein Relay mit Domainnamen. Dein System fragt vielleicht, ob eingehende Verbindungen erlaubt sind.',
  'setup.here.start': 'Starten',
  'setup.here.portInUse':
    'Ein anderes Programm verwendet den Port des Relays. Beende es und versuche es erneut.',
  'setup.here.noNetwork':
    'Dieser Computer ist mit keinem Netzwerk verbunden. Verbinde ihn oder wähle „Nur dieser Computer“.',
  'setup.here.stopped':
    'Das Relay wurde unerwartet beendet. Versuche es erneut. Passiert es wieder, steht der Grund im Protokoll.',
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
