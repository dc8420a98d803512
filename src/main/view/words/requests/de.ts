import type { Translation } from '../../../../shared/i18n/catalogue.ts'
import type { REQUESTS_EN } from './en.ts'

export const REQUESTS_DE: Translation<typeof REQUESTS_EN> = {
  'error.UNAUTHORIZED': 'Die Anfrage hatte keinen gültigen Schlüssel.',
  'error.KEY_UNKNOWN': 'Der Schlüssel ist unbekannt, widerrufen oder abgelaufen.',
  'error.FORBIDDEN': 'Die Zugangsdaten gehören zu einem anderen Besitzer.',
  'error.HOST_NOT_TRUSTED':
    'Das Relay kennt diesen Hostnamen nicht. Verwende die eigene Adresse des Relays, oder bitte seinen Betreiber, diesen Namen zuzulassen.',
  'error.HTTPS_REQUIRED':
    'Das Relay nimmt nur verschlüsselte Verbindungen an. Verwende eine Adresse mit https://.',
  'error.ORIGIN_NOT_TRUSTED': 'Das Relay lässt das für Webseiten dieser Herkunft nicht zu.',
  'error.NOT_FOUND': 'Die Anfrage hat einen unbekannten Pfad verwendet.',
  'error.BAD_PATH': 'Der Pfad der Anfrage ist nicht zulässig.',
  'error.URI_TOO_LONG': 'Der Pfad der Anfrage ist zu lang.',
  'error.TEXT_TOO_LONG': 'Ein Name oder Wert in der Anfrage ist zu lang.',
  'error.BAD_REQUEST': 'Die Anfrage ist ungültig.',
  'error.REQUEST_TIMEOUT': 'Die Anfrage ist nicht rechtzeitig angekommen.',
  'error.UPGRADE_REQUIRED': 'Ein Proxy vor dem Relay lässt keine WebSockets durch.',
  'error.METHOD_NOT_ALLOWED': 'Der Pfad unterstützt diese Art von Anfrage nicht.',
  'error.BODY_TOO_LARGE': 'Die Anfrage ist zu groß.',
  'error.TOO_MANY_STREAMS': 'Zu viele Anfragen gleichzeitig. Warte, bis eine fertig ist.',
  'error.TOO_MANY_BYTES':
    'Laufende Anfragen belegen schon den größten zulässigen Speicher. Warte, bis eine fertig ist.',
  'error.MEMORY_FULL':
    'Für eine weitere große Anfrage ist kein Speicher frei. Versuche es gleich noch einmal.',
  'error.HEADERS_TOO_LARGE': 'Die Header der Anfrage sind zu groß.',
  'error.CIRCUIT_OPEN':
    'Der Modellserver ist mehrmals hintereinander ausgefallen. Versuche es gleich noch einmal.',
  'error.DEVICE_UNKNOWN': 'Kein verbundenes Gerät hat diesen Namen.',
  'error.DEVICE_AMBIGUOUS': 'Mehrere Geräte passen.',
  'error.ACK_TIMEOUT': 'Dieser Computer hat die Anfrage nicht rechtzeitig bestätigt.',
  'error.IDLE_TIMEOUT': 'Bei der Anfrage tat sich zu lange nichts, daher wurde sie abgebrochen.',
  'error.EXPECTATION_FAILED': 'Das Relay unterstützt den Expect-Header der Anfrage nicht.',
  'error.KEPT_NAME_REUSED': 'Der Idempotency-Key wurde eben erst für eine andere Anfrage verwendet.',
  'error.KEPT_NOT_FOUND':
    'Es gibt keine aufbewahrte Antwort mit diesem Namen. Vielleicht ist sie abgelaufen.',
  'error.KEPT_POSITION_UNKNOWN': 'Die Antwort hat noch nicht so viele Bytes.',
  'error.KEPT_REPLACED':
    'Die Antwort mit diesem Namen ist eine neuere: Die Anfrage wurde noch einmal ausgeführt.',
  'error.KEPT_STOPPED': 'Die Antwort wurde vor ihrem Ende angehalten.',
  'error.JOB_STORAGE_FULL':
    'Die Aufträge dieses Schlüssels haben ihren Speicherplatz aufgebraucht. Lösche zuerst fertige.',
  'error.JOB_RESULT_TOO_LARGE': 'Die Antwort ist für einen Auftrag zu groß. Frage weniger auf einmal ab.',
  'error.BODY_NOT_STRICT': 'Das JSON der Anfrage ist mehrdeutig oder ungültig.',
  'error.MEDIA_NOT_SUPPORTED':
    'Die Anfrage hat einen Medientyp oder eine Kodierung, die sich nicht prüfen lässt.',
  'error.KEEP_ALIVE_NOT_ALLOWED': 'Der Schlüssel darf Modelle weder im Speicher halten noch entladen.',
  'error.UPSTREAM_UNSUPPORTED': 'Der Modellserver unterstützt nur die OpenAI-API.',
  'error.TOKEN_EXPIRED': 'Das Zugriffstoken ist abgelaufen.',
  'error.SHARED_STATE_UNREACHABLE':
    'Das Relay erreicht die anderen Relays nicht. Versuche es gleich noch einmal.',
  'error.REPLACED': 'Eine andere App mit der Identität dieses Geräts hat die Verbindung übernommen.',
  'error.PROTOCOL_ERROR': 'Die Verbindung wurde getrennt, weil die Gegenseite das Protokoll verletzt hat.',
  'error.FRAME_TOO_LARGE': 'Die Verbindung wurde getrennt, weil eine Nachricht zu groß war.',
  'error.SUPERSEDED': 'Eine neuere Verbindung hat übernommen.',
  'error.BRIDGE_STOPPED': 'Die App hat die Verbindung beendet.',
  'error.PORT_IN_USE': 'Der Port wird schon verwendet. Beende das Programm, das ihn verwendet.',
  'error.CERTIFICATE_UNAVAILABLE':
    'Das Relay hat noch kein Zertifikat für seine Domain. Es versucht es automatisch erneut.',
}
