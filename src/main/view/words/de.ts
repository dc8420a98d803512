import type { Translation } from '../../../shared/i18n/catalogue.ts'
import { CHECKS_DE } from './checks/de.ts'
import type { ViewCatalogue } from './en.ts'
import { ERRORS_DE } from './errors/de.ts'
import { REQUESTS_DE } from './requests/de.ts'

export const DE: Translation<ViewCatalogue> = {
  'action.reconnect': 'Neu verbinden',
  'action.pause': 'Pausieren',
  'action.resume': 'Fortsetzen',
  'action.signInAgain': 'Erneut anmelden',
  'action.retrySecrets': 'Erneut versuchen',
  'action.keepSecretsInFile': 'In einer Datei speichern',
  'action.detectUpstream': 'Erneut suchen',
  'action.getOllama': 'Ollama herunterladen',
  'action.startUpstream': 'Ollama starten',
  'action.cancelPull': 'Abbrechen',
  'action.renewDefaultKey': 'Standardschlüssel erstellen',
  'action.checkForUpdates': 'Nach Updates suchen',
  'action.downloadUpdate': 'Herunterladen',
  'action.installUpdate': 'Zum Aktualisieren neu starten',
  'action.openReleases': 'Versionen öffnen',
  'action.openLogs': 'Protokollordner öffnen',
  'action.tryNow': 'Jetzt versuchen',
  'action.tryAgain': 'Erneut versuchen',
  'action.signInInstead': 'Stattdessen erneut anmelden',
  'action.changeRelay': 'Relay wechseln',
  'action.allowNetwork': 'In diesem Netzwerk erlauben',
  'action.setUpAgain': 'Neu einrichten',

  'start.failed': 'CloudToLocalLLM kann nicht starten',

  'connection.starting': 'Startet',
  'connection.starting.detail': 'CloudToLocalLLM startet.',
  'connection.starting.relay': 'Das Relay auf diesem Computer wird gestartet.',
  'connection.signedOut': 'Nicht eingerichtet',
  'connection.signedOut.detail':
    'Verbinde diesen Computer mit einem Relay, um deine Modelle von überall zu erreichen.',
  'connection.off': 'Pausiert',
  'connection.off.detail': 'Niemand kann deine Modelle erreichen, bis du fortsetzt.',
  'connection.asleep': 'Ruhezustand',
  'connection.asleep.detail':
    'Dieser Computer geht in den Ruhezustand. Beim Aufwachen verbindet er sich wieder.',
  'connection.noNetwork': 'Kein Netzwerk',
  'connection.noNetwork.detail':
    'Dieser Computer ist mit keinem Netzwerk verbunden. Er verbindet sich wieder, sobald das Netzwerk zurück ist.',
  'connection.draining': 'Wird abgeschlossen',
  'connection.draining.detail': {
    one: 'Beendet sich, sobald {count} laufende Anfrage fertig ist. Neue Anfragen werden abgelehnt.',
    other: 'Beendet sich, sobald {count} laufende Anfragen fertig sind. Neue Anfragen werden abgelehnt.',
  },
  'connection.keychain': 'Schlüsselbund nicht verfügbar',
  'connection.connecting': 'Verbindet',
  'connection.reconnecting': 'Verbindet erneut',
  'connection.connecting.detail': 'Verbindung zu {relay} wird aufgebaut.',
  'connection.online': 'Online',
  'connection.online.detail': 'Deine Modelle sind über {relay} erreichbar.',
  'connection.online.local': 'Nur dieser Computer kann dieses Relay erreichen.',
  'connection.online.network':
    'Geräte im selben Netzwerk erreichen deine Modelle über das integrierte Relay.',
  'connection.demo': 'Online mit dem Demomodell',
  'connection.demo.detail': 'Verbunden mit {relay}. Antworten sind erfunden, bis ein Modellserver läuft.',
  'connection.down': 'Kein Modellserver',
  'connection.down.detail':
    'Verbunden mit {relay}, aber Anfragen schlagen fehl, weil kein Modellserver antwortet.',
  'connection.needsKey': 'API-Schlüssel nötig',
  'connection.needsKey.detail':
    'Verbunden mit {relay}, aber Anfragen schlagen fehl, weil der Modellserver einen API-Schlüssel verlangt.',
  'connection.keyRefused': 'API-Schlüssel nicht akzeptiert',
  'connection.keyRefused.detail':
    'Verbunden mit {relay}, aber Anfragen schlagen fehl, weil der Modellserver den API-Schlüssel nicht akzeptiert.',
  'connection.loading': 'Modell wird geladen',
  'connection.loading.detail':
    'Verbunden mit {relay}. Anfragen werden beantwortet, sobald der Modellserver sein Modell geladen hat.',
  'connection.failing': 'Problem des Modellservers',
  'connection.failing.detail':
    'Verbunden mit {relay}, aber Anfragen schlagen fehl, weil der Modellserver Fehler meldet.',
  'connection.noModels': 'Noch keine Modelle',
  'connection.noModels.detail':
    'Verbunden mit {relay}. Füge dem Modellserver ein Modell hinzu, um es zu nutzen.',
  'connection.theRelay': 'dem Relay',
  'connection.builtIn': 'dem integrierten Relay',

  'waiting.DRAINING': 'Das Relay startet neu.',
  'waiting.TOO_MANY_CONNECTIONS': 'Das Relay hat im Moment keine freien Verbindungen.',
  'waiting.TOO_MANY_REQUESTS': 'Das Relay begrenzt die Anfragen dieses Geräts.',
  'waiting.TOKEN_EXPIRED': 'Deine Anmeldung wird erneuert.',
  'waiting.ISSUER_UNREACHABLE':
    'Der Identitätsanbieter antwortet nicht, daher kann deine Anmeldung nicht geprüft werden.',
  'waiting.builtIn': 'Das integrierte Relay antwortet nicht. Die App startet es automatisch neu.',

  'blocked.signIn': 'Anmeldung nötig',
  'blocked.signIn.again': '{reason} Melde dich erneut an oder kopple das Gerät neu.',
  'blocked.signIn.any': 'Das Relay akzeptiert dieses Gerät nicht.',
  'blocked.CREDENTIAL_INVALID': 'Das Relay akzeptiert dieses Gerät nicht mehr.',
  'blocked.CREDENTIAL_EXPIRED': 'Dieses Gerät war so lange offline, dass sein Zugang abgelaufen ist.',
  'blocked.PROOF_INVALID': 'Dieses Gerät konnte nicht nachweisen, dass ihm sein Zugang gehört.',
  'blocked.AUDIENCE_UNCONFIRMED': 'Deine Anmeldung ist nicht für dieses Relay bestimmt.',
  'blocked.DEVICE_REVOKED':
    'Dieses Gerät wurde gesperrt, von einem deiner anderen Geräte oder vom Betreiber des Relays.',
  'blocked.NOT_PAIRED': 'Dieses Gerät ist noch mit keinem Relay gekoppelt.',
  'blocked.SIGN_IN_EXPIRED': 'Deine Anmeldung ist abgelaufen.',
  'blocked.stopped': 'Angehalten',
  'blocked.stopped.detail': 'Das Relay hat dieses Gerät abgelehnt: {reason}',
  'blocked.builtIn':
    'Das integrierte Relay akzeptiert diesen Computer nicht mehr. Richte es neu ein, um fortzufahren.',
  'blocked.replaced': 'Übernommen',
  'blocked.replaced.detail':
    'Eine andere App läuft als dieses Gerät und hat die Verbindung übernommen. Beende die andere App und verbinde dann neu. Ist sie eine Kopie dieser Installation, melde dich auf einer von beiden erneut an.',
  'blocked.tooOld': 'Update nötig',
  'blocked.tooOld.detail':
    'Diese App und das Relay haben keine gemeinsame Version. Aktualisiere die App. Ist sie aktuell, bitte den Betreiber des Relays, es zu aktualisieren.',
  'blocked.limit': 'Gerätelimit erreicht',
  'blocked.limit.detail':
    'Dieses Relay nimmt keine weiteren Geräte von dir an. Trenne zuerst ein anderes Gerät und verbinde dann neu.',

  'error.RELAY_UNREACHABLE':
    'Das Relay ist nicht erreichbar. Prüfe die Adresse, das Netzwerk und die Proxyeinstellungen.',
  'error.RELAY_REFUSED': 'An der Adresse des Relays antwortet etwas, das kein Relay ist. Prüfe die Adresse.',
  'error.PAIRING_CODE_INVALID':
    'Der Kopplungscode ist falsch, verbraucht oder abgelaufen. Das Relay zeigt einen neuen.',
  'error.PAIRING_LOCKED':
    'Zu viele falsche Kopplungscodes. Warte eine Minute und nimm den Code, den das Relay dann zeigt.',
  'error.SIGN_IN_FAILED': 'Die Anmeldung ist fehlgeschlagen. Versuche es erneut.',
  'error.OFFLINE': 'Dieser Computer ist offline.',
  'error.CARRIER_DEAD': 'Die Verbindung antwortete nicht mehr und wurde getrennt.',
  'error.HELLO_TIMEOUT': 'Das Relay hat nicht rechtzeitig geantwortet.',
  'error.SECRETS_UNAVAILABLE':
    'Der Schlüsselbund des Systems ist gerade nicht nutzbar. Entsperre ihn und versuche es erneut. Sein Inhalt ist unverändert.',
  'error.KEY_NOT_FOUND': 'Diesen Schlüssel gibt es nicht. Vielleicht wurde er schon widerrufen.',
  'error.SCOPE_MISSING': 'Dem Schlüssel fehlt die Berechtigung, die die Anfrage braucht.',
  'error.MODEL_NOT_ALLOWED': 'Der Schlüssel darf dieses Modell nicht nutzen.',
  'error.UPSTREAM_UNREACHABLE': 'Der Modellserver antwortet nicht. Prüfe, ob er läuft.',
  'error.UPSTREAM_FAILED': 'Der Modellserver hat seine Antwort abgebrochen.',
  'error.TOO_MANY_REQUESTS': 'Zu viele Anfragen. Warte einen Moment.',
  'error.TUNNEL_LOST': 'Die Verbindung ging verloren, bevor die Antwort vollständig war.',
  'error.INTERNAL': 'Etwas ist schiefgegangen. Details stehen im Protokoll.',

  'problem.relayLocal': 'Nur dieser Computer kann dieses Relay erreichen',
  'problem.relayLocal.text':
    'Seine Adresse führt nur zu diesem Computer. Nutze ein Relay im Internet, um deine Modelle vom Telefon oder anderswo zu erreichen.',
  'problem.relayLocal.builtIn':
    'Um deine Modelle zu Hause vom Telefon aus zu nutzen, stelle das Relay auf „Heimnetz“ um. Für unterwegs brauchst du ein Relay im Internet.',
  'problem.builtInRelayFailed': 'Das integrierte Relay läuft nicht',
  'problem.builtInRelayFailed.portInUse':
    'Ein anderes Programm verwendet Port {port}. Beende es, dann startet das Relay automatisch.',
  'problem.builtInRelayFailed.stopped':
    'Es wurde unerwartet beendet. Die App startet es automatisch neu. Passiert das öfter, steht der Grund im Protokoll.',
  'problem.networkNotAllowed': 'In diesem Netzwerk nicht erreichbar',
  'problem.networkNotAllowed.text':
    'Zu deiner Sicherheit können Telefone und Computer in diesem Netzwerk das Relay nicht verwenden. Erlaube es nur in einem Netzwerk, dem du vertraust.',
  'problem.networkMissing.text':
    'Dieser Computer ist mit keinem Netzwerk verbunden. Sobald er wieder in deinem Heimnetz ist, kann dein Telefon das Relay wieder verwenden.',
  'problem.keychainEmptied': 'Dein Schlüsselbund hat sich geändert',
  'problem.keychainEmptied.text':
    'Er enthält die Geheimnisse dieser App nicht mehr: Er wurde geleert oder ersetzt. Melde dich erneut an, oder stelle den früheren Schlüsselbund wieder her und starte die App neu.',
  'problem.secretsInMemory': 'Deine Anmeldung ist nicht gespeichert',
  'problem.secretsInMemory.text':
    'Das System bietet keinen Schlüsselbund, daher geht deine Anmeldung beim Beenden verloren. Sie kann in einer Datei gespeichert werden, die nur dein Benutzerkonto lesen kann.',
  'problem.relayNotEncrypted': 'Die Verbindung ist nicht verschlüsselt',
  'problem.relayNotEncrypted.text':
    'Jeder im Netzwerk zwischen diesem Computer und {relay} kann den Verkehr mitlesen.',
  'problem.relayNotEncrypted.builtIn':
    'Jeder in deinem Heimnetz kann den Verkehr zwischen deinen Geräten und diesem Computer mitlesen. Nutze dieses Relay nur in einem Netzwerk, dem du vertraust.',
  'problem.trayUnavailable': 'Kein Symbol im Infobereich',
  'problem.trayUnavailable.text':
    'Dieser Desktop zeigt keine Symbole im Infobereich, daher beendet das Schließen des Fensters die App. Minimiere es stattdessen. Unter GNOME fügt die Erweiterung „AppIndicator and KStatusNotifierItem Support“ sie hinzu.',
  'problem.updateReady': 'Update bereit',
  'problem.updateAvailable': 'Update verfügbar',
  'problem.secretsInFile': 'Deine Anmeldung liegt in einer Datei',
  'problem.secretsInFile.text':
    'Sie liegt in einer Datei, die nur dein Benutzerkonto lesen kann, nicht im Schlüsselbund des Systems.',
  'problem.notice': 'Hinweis',

  'relay.paired': 'Gekoppelt',
  'relay.signedIn': 'Angemeldet bei {issuer}',

  'upstream.looking': 'Modellserver wird gesucht',
  'upstream.looking.detail': 'Auf diesem Computer wird nach Ollama, LM Studio, llama.cpp und vLLM gesucht.',
  'upstream.demo': 'Demomodell',
  'upstream.demo.detail':
    'Antwortet mit erfundenem Text, bis ein echter Modellserver läuft. Installiere Ollama, um eigene Modelle zu nutzen.',
  'upstream.here': 'Auf diesem Computer.',
  'upstream.elsewhere': 'Auf einem anderen Computer.',
  'upstream.noModels.ollama': 'Noch keine Modelle. Lade unten ein erstes herunter.',
  'upstream.noModels.other': 'Noch keine Modelle. Lade eines im Modellserver.',
  'upstream.needsKey': 'Modellserver verlangt einen API-Schlüssel',
  'upstream.needsKey.detail': '{server} verlangt einen API-Schlüssel. Gib ihn in den Einstellungen ein.',
  'upstream.keyRefused': 'API-Schlüssel nicht akzeptiert',
  'upstream.keyRefused.detail':
    '{server} akzeptiert den API-Schlüssel nicht. Gib den richtigen in den Einstellungen ein.',
  'upstream.loading': 'Modell wird geladen',
  'upstream.loading.detail': '{server} lädt ein Modell. Anfragen werden danach beantwortet.',
  'upstream.failing': 'Modellserver hat ein Problem',
  'upstream.failing.detail':
    '{server} meldet Fehler. Sein Protokoll enthält Details. Ein Neustart kann helfen.',
  'upstream.none': 'Kein Modellserver gefunden',
  'upstream.none.detail':
    'Starte Ollama, LM Studio, llama.cpp oder vLLM auf diesem Computer. Die App erkennt das automatisch.',
  'upstream.silent': 'Modellserver antwortet nicht',
  'upstream.silent.detail': 'Unter {url} antwortet nichts. Die App erkennt den Server, sobald er startet.',

  'pull.running': '{model} wird heruntergeladen',
  'pull.progress': '{model} wird heruntergeladen: {done} von {total}',
  'pull.done': '{model} ist bereit.',
  'pull.unknown': 'In der Ollama-Bibliothek gibt es kein Modell „{model}“. Prüfe den Namen.',

  'chat.failed':
    'Das Modell hat nicht geantwortet. Versuche es erneut, oder starte die Prüfungen auf der Seite „Diagnose“.',

  'request.chat': 'Chat',
  'request.completion': 'Textvervollständigung',
  'request.embeddings': 'Embeddings',
  'request.models': 'Modellliste',
  'request.modelDetails': 'Details eines Modells',
  'request.loaded': 'Geladene Modelle',
  'request.pull': 'Modell-Download',
  'request.create': 'Neues Modell',
  'request.delete': 'Modell löschen',
  'request.copy': 'Kopie eines Modells',
  'request.kept': 'Aufbewahrte Antwort',
  'request.tokens': 'Tokenanzahl',
  'request.version': 'Version',
  'request.keptFor': {
    one: 'Aufbewahrt, noch {count} Min.',
    other: 'Aufbewahrt, noch {count} Min.',
  },
  'request.status': 'Der Modellserver antwortete mit Status {status}.',

  'update.unsupported':
    'Diese Kopie der App lässt sich nicht automatisch aktualisieren, weil sie nicht als Paket installiert wurde.',
  'update.notChecked': 'Noch nicht nach Updates gesucht.',
  'update.upToDate': 'Version {version} ist aktuell.',
  'update.checking': 'Es wird nach Updates gesucht.',
  'update.available': 'Version {version} ist verfügbar.',
  'update.packageManager':
    'Version {version} ist verfügbar. Installiere sie mit der Paketverwaltung deines Systems.',
  'update.packageManager.command':
    'Version {version} ist verfügbar. Installiere sie mit deiner Paketverwaltung: Lade das Paket herunter und führe aus: {command}',
  'update.downloading': 'Version {version} wird heruntergeladen.',
  'update.installing': 'Version {version} wird installiert.',
  'update.failed': '{reason} Version {version} läuft weiter.',
  'update.waitsForRequests': 'Version {version} wird installiert, sobald die laufenden Anfragen fertig sind.',
  'update.waitsForQuiet':
    'Version {version} wird nach einer Zeit ohne Anfragen installiert. Du kannst sie auch jetzt installieren.',
  'update.waitsForQuit':
    'Version {version} wird beim Beenden installiert. Du kannst sie auch jetzt installieren.',
  'update.ready': 'Version {version} ist bereit zur Installation.',

  'tray.upstream': { one: '{name}, {count} Modell', other: '{name}, {count} Modelle' },
  'tray.hideWindow': 'Fenster ausblenden',
  'tray.showWindow': 'Fenster anzeigen',
  'tray.reconnect': 'Jetzt neu verbinden',
  'tray.copyUrl': 'Adresse kopieren',
  'tray.copyKey': 'Schlüssel kopieren',
  'tray.recent': 'Letzte Anfragen',
  'tray.noRecent': 'Noch keine',
  'tray.settings': 'Einstellungen …',
  'tray.about': 'Über CloudToLocalLLM',
  'tray.quit': 'Beenden',
  'tray.quitNow': 'Jetzt beenden',
  'tray.pull': '{model} wird heruntergeladen: {percent}',
  'tray.jobs': { one: '{count} Auftrag', other: '{count} Aufträge' },
  'tray.running': 'läuft',
  'tray.done': 'fertig',
  'tray.failed': 'fehlgeschlagen',
  'tray.cancelled': 'abgebrochen',
  'tray.tokensPerSecond': '{speed} Tokens/s',
  'tray.update.available': 'Version {version} ist verfügbar …',
  'tray.update.downloading': '{version} wird heruntergeladen',
  'tray.update.waiting': 'Update auf {version} nach den Anfragen',
  'tray.update.ready': 'Für Update auf {version} neu starten',
  'tray.update.installing': 'Update auf {version} läuft',
  'tray.update.checking': 'Suche nach Updates',
  'tray.update.check': 'Nach Updates suchen',

  'notification.stillRunning': 'CloudToLocalLLM läuft weiter',
  'notification.stillRunning.tray': 'Die App ist im Infobereich; beende sie dort.',
  'notification.stillRunning.hidden': 'Starte die App erneut, um das Fenster zu sehen.',
  'notification.newClient': 'Neuer Client',
  'notification.newClient.text': 'Der Schlüssel „{key}“ wurde zum ersten Mal genutzt.',
  'notification.relayDown': 'Das Relay ist nicht erreichbar',
  'notification.relayDown.text':
    'Deine Modelle waren fünf Minuten lang nicht erreichbar. Die App versucht es weiter.',

  'quit.question': { one: '{count} Anfrage läuft noch', other: '{count} Anfragen laufen noch' },
  'quit.detail':
    'Sofortiges Beenden bricht laufende Anfragen ab. CloudToLocalLLM kann stattdessen neue Anfragen ablehnen und sich beenden, sobald die laufenden fertig sind.',
  'quit.whenFinished': 'Danach beenden',
  'quit.now': 'Jetzt beenden',
  'quit.cancel': 'Abbrechen',

  'menu.app': 'CloudToLocalLLM',
  'menu.edit': 'Bearbeiten',
  'menu.view': 'Ansicht',
  'menu.window': 'Fenster',
  'menu.settings': 'Einstellungen …',
  'menu.about': 'Über CloudToLocalLLM',
  'menu.quit': 'Beenden',
  'menu.close': 'Fenster schließen',
  'menu.zoomIn': 'Vergrößern',
  'menu.zoomOut': 'Verkleinern',
  'menu.zoomReset': 'Originalgröße',
  'menu.undo': 'Rückgängig',
  'menu.redo': 'Wiederholen',
  'menu.cut': 'Ausschneiden',
  'menu.copy': 'Kopieren',
  'menu.paste': 'Einfügen',
  'menu.selectAll': 'Alles auswählen',
  'menu.minimize': 'Minimieren',
  'page.status': 'Status',
  'page.connect': 'Verbinden',
  'page.keys': 'Schlüssel',
  'page.requests': 'Anfragen',
  'page.jobs': 'Aufträge',
  'page.devices': 'Geräte',
  'page.settings': 'Einstellungen',
  'page.diagnostics': 'Diagnose',

  'snippet.terminal': 'In einem Terminal unter Linux oder macOS.',
  'snippet.powerShell': 'In der PowerShell unter Windows, mit der Ollama CLI.',
  'snippet.curl': 'In einem Terminal unter Linux oder macOS, oder in Git Bash.',
  'snippet.sdk': 'In JavaScript oder TypeScript. In Python heißen die Optionen base_url und api_key.',
  'snippet.openWebUi': 'Unter Admin Settings → Connections → OpenAI → Manage → Add New Connection.',
  'snippet.continue':
    'In ~/.continue/config.yaml. Gibt es dort schon Modelle, füge diesen Eintrag zur Liste hinzu.',
  'snippet.cursor':
    'Unter Cursor Settings → Models. Cursor sendet Anfragen von eigenen Servern, daher muss die Adresse aus dem Internet erreichbar sein.',
  'snippet.cline': 'In den Einstellungen von Cline, mit „OpenAI Compatible“ als API-Anbieter.',
  'snippet.zed':
    'In der settings.json von Zed. Gib den Schlüssel in den Einstellungen des Agent-Panels ein, oder setze ihn in der Umgebungsvariable CLOUDTOLOCALLLM_API_KEY.',
  'snippet.homeAssistant':
    'Unter Einstellungen → Geräte & Dienste → Integration hinzufügen → Ollama. Es gibt kein Feld für einen Schlüssel, daher enthält ihn die Adresse.',
  'snippet.n8n': 'Unter Credentials → Add credential → OpenAI.',
  'snippet.claudeCode': 'In einem Terminal unter Linux oder macOS.',
  'snippet.codex':
    'In ~/.codex/config.toml. Codex liest den Schlüssel aus der Umgebungsvariable CLOUDTOLOCALLLM_API_KEY.',

  ...CHECKS_DE,
  ...ERRORS_DE,
  ...REQUESTS_DE,
}
