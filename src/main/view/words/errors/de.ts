import type { Translation } from '../../../../shared/i18n/catalogue.ts'
import type { ERRORS_EN } from './en.ts'

export const ERRORS_DE: Translation<typeof ERRORS_EN> = {
  'case.relayUrl.form': 'Die Adresse des Relays muss wie https://relay.example.com aussehen.',
  'case.relayUrl.user': 'Die Adresse des Relays darf keinen Benutzernamen und kein Passwort enthalten.',
  'case.relayUrl.query': 'Die Adresse des Relays darf weder „?“ noch „#“ enthalten.',
  'case.relayUrl.plain':
    'Über eine Adresse mit http:// würde der Zugang dieses Geräts im Klartext gesendet. Verwende https://.',
  'case.relayUrl.unencrypted':
    'Die Verbindung zu {host} ist nicht verschlüsselt: Jeder im Netzwerk kann den Verkehr mitlesen.',
  'case.relayUrl.moved': '{origin} leitet zu einer anderen URL um. Verwende {target}',
  'case.proxyUrl': 'Die Adresse des Proxys ist keine URL wie http://proxy:3128.',

  'case.pairingCode':
    'Das ist kein Kopplungscode. Verwende den Code, den das Relay zeigt, zum Beispiel ABCD-2345.',
  'case.identityDamaged':
    'Die gespeicherte Identität dieses Geräts ist beschädigt. Melde dich an oder kopple es neu.',
  'case.signIn.pairOnly':
    'Dieses Relay hat keinen Identitätsanbieter: Kopple das Gerät mit dem Code, den es zeigt.',
  'case.signIn.late': 'Die Anmeldung wurde nicht rechtzeitig abgeschlossen. Versuche es erneut.',
  'case.signIn.cancelled': 'Die Anmeldung wurde abgebrochen.',
  'case.signIn.declined': 'Die Anmeldung wurde abgelehnt.',
  'case.signIn.refused': 'Der Identitätsanbieter hat die Anmeldung abgelehnt: {reason}',
  'case.signIn.unsafe': '{host} ist kein sicherer Ort für die Anmeldung: https fehlt.',
  'case.signIn.unusable': 'Die Antwort des Identitätsanbieters ist nicht verwendbar.',
  'case.signIn.browser': 'Der Browser konnte nicht geöffnet werden.',
  'case.signIn.audience':
    'Das Relay unter {url} verlangt Zugriffstokens für {audience}. Das ist nicht seine eigene URL. Wenn du ihm diese anvertraust, melde dich erneut an und bestätige den Empfänger.',

  'upstream.at': '{name} unter {url}',
  'case.upstream.server': 'Der Modellserver',
  'case.upstream.needsKey': '{server} verlangt einen API-Schlüssel.',
  'case.upstream.keyRefused': '{server} akzeptiert den eingestellten API-Schlüssel nicht.',
  'case.upstream.loading': '{server} lädt noch ein Modell.',
  'case.upstream.failing': '{server} antwortet mit einem Fehler (Status {status}).',
  'case.upstream.none':
    'Auf diesem Computer wurde kein Modellserver gefunden (Ollama, LM Studio, llama.cpp, vLLM). Läuft einer?',
  'case.upstream.stranger': 'Der Server unter {url} ist kein Modellserver. Prüfe die Adresse.',
  'case.upstream.silent': 'Unter {url} antwortet kein Modellserver. Läuft er?',
  'case.upstream.gone': '{server} antwortet nicht. Läuft er?',
  'case.upstream.url': 'Die Adresse des Modellservers muss Host:Port oder eine http(s)-URL sein.',
  'case.upstream.keyFirst': 'Gib zuerst die Adresse des Modellservers an, dann seinen API-Schlüssel.',
  'case.upstream.key':
    'Der API-Schlüssel eines Modellservers ist ein einzelnes Wort aus höchstens 1.024 ASCII-Zeichen.',
  'case.upstream.keyFile': 'Die Schlüsseldatei {path} kann nicht gelesen werden.',
  'case.upstream.keyWithoutServer':
    'Für einen nicht genannten Modellserver ist ein API-Schlüssel gesetzt. Gib den Schlüssel stattdessen in den Einstellungen ein.',

  'case.ollama.removed': 'Ollama ist nicht mehr installiert.',
  'case.ollama.notStarted': 'Ollama konnte nicht gestartet werden.',
  'case.ollama.notRunning': 'Modelle lassen sich nur herunterladen, wenn Ollama läuft.',
  'case.modelName': 'So kann kein Modell heißen. Ein Beispiel ist llama3.2.',

  'case.defaultKeyRevoked':
    'Der Standardschlüssel wurde widerrufen. Erstelle auf der Seite „Verbinden“ einen neuen.',
  'case.addressUnknown': 'Die Adresse ist erst bekannt, wenn die App einmal online war.',
  'case.notReady': 'Die App ist noch nicht bereit. Versuche es gleich noch einmal.',
  'case.windowRequest':
    'Das Fenster hat eine ungültige Anfrage gesendet. Schließe das Fenster und öffne es wieder.',

  'case.settings.managed': '{names}: von deiner Organisation verwaltet und nicht änderbar',
  'case.settings.foreignFile': '{path} ist keine Einstellungsdatei dieser App.',
  'case.settings.policy': 'Die Einstellungen des Administrators in {path} können nicht gelesen werden.',
  'case.settings.invalid': '{source}: {mistakes}',
  'case.settings.source.environment': 'Einstellungen dieses Computers',
  'case.settings.source.change': 'Einstellungen',
  'case.setting.invalid': '„{name}“ ist ungültig. Erlaubt ist {allowed}.',
  'case.setting.unknown': 'Es gibt keine Einstellung „{name}“.',
  'case.setting.notObject': 'Die Einstellungen müssen ein JSON-Objekt sein.',
  'allowed.number': 'eine ganze Zahl von {min} bis {max}',
  'allowed.switch': 'true oder false',
  'allowed.choice': 'einer dieser Werte: {values}',
  'allowed.list': 'eine Liste aus diesen Werten: {values}',
  'allowed.url': 'eine URL wie https://relay.example.com ohne Benutzernamen, „?“ und „#“',
  'allowed.text': 'ein Text aus 1 bis {max} Zeichen',
  'allowed.other': 'ein Wert, wie die App ihn exportiert',
  'allowed.orNull': '{allowed}, oder null',

  'case.key.invalid': '{mistakes}',
  'case.key.noName': 'Gib dem Schlüssel einen Namen.',
  'case.key.longName': 'Der Name darf höchstens {max} Zeichen haben.',
  'case.key.name': 'Der Name darf keine Steuerzeichen enthalten.',
  'case.key.scopes': 'Wähle mindestens eine Berechtigung aus.',
  'case.key.models': 'Wähle mindestens ein Modell oder alle aus.',
  'case.key.longModel': 'Der Name eines Modells muss 1 bis {max} Zeichen haben.',
  'case.key.expires': 'Der Schlüssel muss zu einem Zeitpunkt ablaufen oder nie.',
  'case.key.limit': 'Ein Limit muss eine ganze Zahl von 1 bis {max} sein.',

  'case.device.current': 'Das ist dieses Gerät. Melde es in den Einstellungen ab.',
  'case.device.ambiguous': 'Mehrere Geräte haben diesen Namen.',
  'case.device.unknown': 'Das Relay kennt dieses Gerät nicht. Vielleicht wurde es schon gesperrt.',

  'case.alreadyRunning':
    'Eine andere Bridge ({who}) verwendet {dir} bereits. Beende sie und starte die App dann neu.',
  'case.alreadyRunning.process': 'Prozess {pid}',
  'case.alreadyRunning.silent': 'ein Prozess, der nicht antwortet',
  'case.certificates': 'Die Zertifikate in {path} können nicht verwendet werden.',
  'case.certificates.none': 'sie enthält kein Zertifikat',

  'case.dataDir': '{problem}',
  'case.dataDir.foreign':
    '{path} gehört einem anderen Benutzer, der sich damit Zugriff verschaffen könnte. Verwende die App als dieser Benutzer, oder werde selbst Eigentümer der Datei oder des Ordners.',
  'case.dataDir.writable':
    'Andere Benutzer können {path} ändern und sich damit Zugriff verschaffen. Ändere die Zugriffsrechte so, dass nur du schreiben darfst.',
  'case.dataDir.notAFile': '{path} ist keine Datei.',
  'case.dataDir.link':
    '{path} ist ein symbolischer Link, dem hier nicht gefolgt wird. Lege die Datei selbst an diese Stelle.',
  'case.dataDir.socket':
    'Andere Benutzer haben Zugriff auf den Ordner {dir}. Ändere die Zugriffsrechte so, dass nur du Zugriff hast.',

  'case.file.unusable': '{path} kann nicht verwendet werden: {reason}',
  'case.file.newer': '{path} stammt von einer neueren Version. Installiere diese Version wieder.',
  'case.file.notJson': 'kein JSON',
  'case.file.content': 'der Inhalt ist nicht der dieser App',
  'case.file.damaged': 'beschädigt',
  'case.file.other': 'Das System meldet einen Fehler.',
  'case.file.diskFull': 'Der Datenträger ist voll. Gib Speicherplatz frei und versuche es erneut.',
  'case.file.denied': 'Zugriff verweigert. Prüfe Besitzer und Zugriffsrechte.',
  'case.file.readOnly':
    'Das Dateisystem ist schreibgeschützt. Wähle einen anderen Pfad, oder erlaube das Schreiben.',
  'case.file.missing':
    'Ein Teil des Pfads existiert nicht und kann nicht angelegt werden. Wähle einen anderen Pfad.',
  'case.file.notADirectory': 'Ein Teil des Pfads ist eine Datei. Wähle einen anderen Pfad.',

  'case.keychain': '{trouble}. {cure} und versuche es erneut. Der Inhalt ist unverändert.',
  'case.keychain.missing': 'Es ist kein Schlüsselbund des Systems verfügbar',
  'case.keychain.locked': 'Der Schlüsselbund des Systems ist gesperrt',
  'case.keychain.refused': 'Der Schlüsselbund des Systems funktioniert nicht',
  'case.keychain.tooLarge': 'Der Schlüsselbund des Systems nimmt einen so großen Wert nicht an',
  'case.keychain.silent': 'Der Schlüsselbund des Systems antwortet nicht',
  'case.keychain.emptied':
    'Der Schlüsselbund des Systems enthält die Geheimnisse dieses Geräts nicht mehr: Er wurde geleert oder ersetzt',
  'case.keychain.cure.missing':
    'Starte oder installiere einen (unter Linux GNOME Keyring, KWallet oder KeePassXC)',
  'case.keychain.cure.locked': 'Entsperre ihn',
  'case.keychain.cure.refused': 'Prüfe ihn in der Schlüsselbund-App des Systems',
  'case.keychain.cure.tooLarge': 'Lass den Identitätsanbieter kürzere Tokens ausstellen',
  'case.keychain.cure.silent': 'Suche seine Passwortabfrage, entsperre ihn',
  'case.keychain.cure.emptied': 'Stelle den früheren Schlüsselbund wieder her',
  'case.secretsKind':
    '„{text}“ ist kein Ort, an dem die App Geheimnisse speichern kann. Wähle einen von diesen: {kinds}.',

  'notice.fileReplaced':
    'Die Datei {path} konnte nicht verwendet werden ({reason}). Sie wurde als {movedTo} gesichert und durch eine leere ersetzt.',
  'notice.usageOff': 'Die Nutzung wird nicht aufgezeichnet: {reason}',
  'notice.usageFailing':
    'Die Nutzung wird im Moment nicht aufgezeichnet. Prüfe, ob der Datenträger voll ist.',
  'notice.jobsOff': 'Aufträge sind nicht verfügbar: {reason}',
  'notice.secretsInFile':
    '{trouble}. Der Zugang dieses Geräts ist daher in {path} gespeichert. Nur du kannst diese Datei lesen.',
  'notice.secretsInMemory':
    '{trouble}. Der Zugang dieses Geräts ist daher nur gespeichert, bis die App beendet wird.',

  'updateFailure.unreachable':
    'Der Update-Server ist nicht erreichbar. Prüfe die Internetverbindung dieses Computers.',
  'updateFailure.noRelease': 'Für dieses System gibt es in diesem Kanal noch keine Version.',
  'updateFailure.incomplete': 'Die Version ist unvollständig. Versuche es später erneut.',
  'updateFailure.altered':
    'Der Download stimmt nicht mit der Version überein und wurde verworfen. Versuche es später erneut.',
  'updateFailure.notWritable':
    'Die App darf ihre eigene Datei nicht ersetzen. Verschiebe sie in einen eigenen Ordner, oder aktualisiere sie von Hand.',
  'updateFailure.readOnly':
    'Die App liegt auf einem schreibgeschützten Volume. Verschiebe sie in einen eigenen Ordner und versuche es erneut.',
  'updateFailure.diskFull': 'Der Datenträger ist voll. Gib Speicherplatz frei und versuche es erneut.',
  'updateFailure.refused':
    'Der Update-Server hat die Anfrage abgelehnt. Versuche es später erneut, oder lade die neue Version von Hand herunter.',
  'updateFailure.proxyPassword':
    'Der Proxy verlangt Benutzername und Passwort. Trage sie in den Proxyeinstellungen des Systems ein und versuche es erneut.',
  'updateFailure.proxyGone': 'Der Proxy ist nicht erreichbar. Prüfe die Proxyeinstellungen des Systems.',
  'updateFailure.unknownAuthority':
    'Das Zertifikat des Update-Servers stammt von keiner Stelle, der dieser Computer vertraut. Wenn Software auf diesem Computer oder im Netzwerk TLS untersucht, füge ihr Zertifikat dem System hinzu.',
  'updateFailure.certificate':
    'Das Zertifikat des Update-Servers ist ungültig. Prüfe die Uhr dieses Computers und versuche es erneut.',
  'updateFailure.notSigned':
    'Die neue Version ist nicht vom Herausgeber dieser Version signiert und wurde deshalb nicht installiert. Lade sie von der Seite des Projekts herunter.',
  'updateFailure.dismissed':
    'Das Administratorpasswort wurde nicht eingegeben, daher wurde nichts installiert. Versuche es erneut, wenn du es hast.',
  'updateFailure.notAuthorized':
    'Dieses Konto darf keine Software installieren, oder das Passwort konnte nicht abgefragt werden. Installiere das Paket von Hand.',
  'updateFailure.cannotAsk':
    'Kein Programm auf diesem Computer kann das Administratorpasswort abfragen. Installiere pkexec, oder installiere das Paket von Hand.',
  'updateFailure.packageManager':
    'Die Paketverwaltung konnte die neue Version nicht installieren. Installiere das Paket von Hand.',

  'error.ALREADY_RUNNING':
    'Eine andere Bridge verwendet diesen Datenordner bereits. Beende sie und starte die App dann neu.',
  'error.AUDIENCE_UNCONFIRMED':
    'Das Zugriffstoken nennt dieses Relay nicht als Empfänger und wurde deshalb nicht gesendet. Melde dich erneut an, und bestätige den Empfänger, wenn du ihm vertraust.',
  'error.CONFIG_INVALID': 'Eine Einstellung hat einen Wert, der nicht verwendet werden kann.',
  'error.CREDENTIAL_EXPIRED': 'Der Zugang dieses Geräts ist abgelaufen. Kopple es neu.',
  'error.CREDENTIAL_INVALID':
    'Das Relay akzeptiert den Zugang dieses Geräts nicht. Melde dich an oder kopple es neu.',
  'error.DEVICE_REVOKED':
    'Dieses Gerät wurde von seinem Besitzer oder vom Betreiber des Relays gesperrt. War das ein Versehen, kopple es neu.',
  'error.DRAINING': 'Das Relay wird beendet. Versuche es gleich noch einmal.',
  'error.ISSUER_UNREACHABLE':
    'Der Identitätsanbieter antwortet nicht, daher kann deine Anmeldung nicht geprüft werden. Versuche es gleich noch einmal.',
  'error.JOBS_UNAVAILABLE':
    'Dieser Computer bewahrt keine Aufträge und Dateien auf. Aktualisiere die App, und suche den Grund in ihrem Protokoll.',
  'error.JOB_CANCELLED':
    'Der Auftrag wurde abgebrochen und hat daher kein Ergebnis. Wiederhole ihn, um eines zu bekommen.',
  'error.JOB_EXPIRED': 'Der Auftrag wurde nicht rechtzeitig fertig. Erstelle ihn neu, oder wiederhole ihn.',
  'error.JOB_INTERRUPTED':
    'Die App ist dreimal abgestürzt oder wurde beendet, während diese Anfrage lief. Sie wird daher nicht noch einmal gesendet. Wenn die Anfrage nicht die Ursache ist, wiederhole den Auftrag.',
  'error.JOB_NOT_FINISHED':
    'Der Auftrag ist noch nicht fertig. Warte auf sein Ende, oder brich ihn zuerst ab.',
  'error.JOB_NOT_FOUND':
    'Es gibt keinen Auftrag mit dieser ID, oder er gehört zu einem anderen Schlüssel. Vielleicht wurde er gelöscht.',
  'error.NOT_PAIRED': 'Dieses Gerät ist mit keinem Relay gekoppelt. Melde dich an oder kopple es.',
  'error.PROOF_INVALID':
    'Dieses Gerät konnte nicht nachweisen, dass ihm sein Zugang gehört. Kopple es neu. Hilft das nicht, entfernt ein Proxy vor dem Relay Header.',
  'error.SIGN_IN_EXPIRED': 'Deine Anmeldung ist abgelaufen. Melde dich erneut an.',
  'error.TOO_MANY_CONNECTIONS':
    'Das Relay hat keinen Platz für eine weitere Verbindung. Versuche es gleich noch einmal.',
  'error.TOO_MANY_DEVICES':
    'Das Gerätelimit ist erreicht. Trenne zuerst ein anderes Gerät, und verbinde dann dieses neu.',
  'error.TOO_MANY_JOBS':
    'Es warten schon zu viele Aufträge. Warte, bis einer fertig ist, oder brich einige ab.',
  'error.UPSTREAM_UNAUTHORIZED':
    'Der Modellserver verlangt einen API-Schlüssel oder akzeptiert den eingestellten nicht. Gib seinen API-Schlüssel in den Einstellungen ein.',
  'error.VERSION_UNSUPPORTED':
    'Das Relay und diese App haben keine gemeinsame Protokollversion. Aktualisiere die ältere der beiden Seiten.',
}
