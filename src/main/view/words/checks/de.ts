import type { Translation } from '../../../../shared/i18n/catalogue.ts'
import type { CHECKS_EN } from './en.ts'

export const CHECKS_DE: Translation<typeof CHECKS_EN> = {
  'finding.dataDir.unusable': '{dir} kann nicht verwendet werden: {reason}',
  'finding.dataDir.absent': '{dir} gibt es noch nicht.',
  'finding.dataDir.free': '{dir} wird nicht verwendet.',
  'finding.dataDir.inUse': '{dir} wird verwendet (Prozess {pid}).',
  'finding.dataDir.silent': 'Ein Prozess belegt {dir}, antwortet aber nicht.',
  'fix.dataDir.unusable':
    'Repariere oder entferne die genannte Datei oder den genannten Ordner. Alles muss deinem Benutzer gehören.',
  'fix.dataDir.silent': 'Wenn das so bleibt, beende diesen Prozess und starte die App neu.',

  'finding.upstream.found': {
    one: '{name} antwortet unter {url} und hat {count} Modell.',
    other: '{name} antwortet unter {url} und hat {count} Modelle.',
  },
  'fix.upstream.none':
    'Starte Ollama (https://ollama.com/download), oder gib die Adresse deines Modellservers in den Einstellungen an.',
  'fix.upstream.silent': 'Starte den Modellserver dort, oder gib seine Adresse in den Einstellungen an.',
  'fix.upstream.needsKey': 'Gib seinen API-Schlüssel in den Einstellungen ein.',
  'fix.upstream.keyRefused': 'Gib den richtigen API-Schlüssel in den Einstellungen ein.',
  'fix.upstream.loading':
    'Warte, bis das Modell geladen ist. Dauert das zu lange, prüfe das Protokoll des Modellservers.',
  'fix.upstream.failing': 'Prüfe das Protokoll des Modellservers und starte ihn neu.',
  'fix.upstream.noModels.ollama': 'Lade in Ollama ein Modell herunter, zum Beispiel llama3.2.',
  'fix.upstream.noModels.other': 'Lade ein Modell in {name}.',

  'finding.exposure.none': 'Der Modellserver ist anscheinend nicht aus dem Netzwerk erreichbar.',
  'finding.exposure.reachable':
    'Der Modellserver ist auch unter {origins} erreichbar: Jeder in diesem Netzwerk kann ihn ohne Schlüssel nutzen.',
  'finding.exposure.variable':
    'Ollama ist aus dem Netzwerk erreichbar: Jeder dort kann es ohne Schlüssel nutzen.',
  'fix.exposure':
    'Schalte in den Einstellungen des Modellservers „Expose Ollama to the network“ oder „Serve on local network“ aus und starte ihn neu. Die App braucht nur Zugriff von diesem Computer.',

  'finding.secrets.keychain':
    'Geheimnisse werden im Schlüsselbund des Systems gespeichert. Er ist entsperrt.',
  'finding.secrets.file': 'Geheimnisse werden in einer Datei gespeichert, die nur du lesen kannst.',
  'finding.secrets.memory':
    'Geheimnisse werden nur im Arbeitsspeicher gehalten und gehen beim Beenden der App verloren.',
  'fix.secrets.unavailable': 'Entsperre den Schlüsselbund und versuche es erneut.',
  'fix.secrets.memory':
    'Erlaube der App, sie in einer privaten Datei zu speichern, oder richte einen Schlüsselbund ein.',

  'finding.proxy': '{way} Der Modellserver wird immer direkt angesprochen.',
  'finding.proxy.through': 'Das Relay wird über den Proxy {proxy} erreicht.',
  'finding.proxy.local': 'Das Relay wird direkt erreicht: Es läuft auf diesem Computer.',
  'finding.proxy.none': 'Das Relay wird direkt erreicht: Es ist kein Proxy eingestellt.',
  'finding.proxy.exempt':
    'Das Relay wird direkt erreicht: Ein Proxy ist eingestellt, gilt aber nicht für dieses Relay.',
  'fix.proxy.invalid': 'Korrigiere die Adresse des Proxys in den Netzwerkeinstellungen des Systems.',

  'finding.relay.found': 'Unter {url} antwortet ein Relay (Version {version}).',
  'finding.relay.protocols': '{found} Es unterstützt Protokoll {theirs}, dieses Gerät {ours}.',
  'finding.relay.warning': '{found} {warning}',
  'finding.relay.unreachable': 'Das Relay unter {url} ist nicht erreichbar: {why}.',
  'finding.relay.unreachableThrough':
    'Das Relay unter {url} ist über den Proxy {proxy} nicht erreichbar: {why}.',
  'finding.relay.stranger': 'Der Server unter {url} ist kein Relay (HTTP {status}).',
  'finding.relay.strangerNamed': 'Der Server unter {url} ist kein Relay (HTTP {status}, von {server}).',
  'finding.relay.unknown': 'Es ist kein Relay bekannt: Dieses Gerät ist nicht gekoppelt.',
  'fix.relay.unknown': 'Verbinde dieses Gerät mit einem Relay.',
  'fix.relay.protocols': 'Aktualisiere die ältere der beiden Seiten.',
  'fix.relay.warning': 'Verwende https:// für das Relay.',
  'fix.relay.stranger':
    'Prüfe, ob das die URL des Relays ist und ob der Server dort alle Anfragen an das Relay weiterleitet.',
  'fix.relay.redirect': 'Er leitet zu {location} um. Verwende die eigene URL des Relays dort.',

  'cause.dns': 'der Name lässt sich nicht auflösen (DNS)',
  'cause.noRoute': 'aus diesem Netzwerk führt kein Weg dorthin (TCP)',
  'cause.silent': 'die Gegenseite antwortet nicht rechtzeitig (TCP)',
  'cause.closed': 'die Gegenseite schließt die Verbindung',
  'cause.refused': 'auf diesem Port lauscht nichts (TCP)',
  'cause.selfSigned': 'das Zertifikat ist selbst signiert (TLS)',
  'cause.untrusted':
    'das Zertifikat stammt von einer Stelle, der dieser Computer nicht vertraut, oder die Kette ist unvollständig (TLS)',
  'cause.expired': 'das Zertifikat ist abgelaufen (TLS)',
  'cause.notYetValid': 'das Zertifikat ist noch nicht gültig (TLS)',
  'cause.otherName': 'das Zertifikat gilt für einen anderen Namen (TLS)',
  'cause.noTls': 'auf diesem Port wird kein TLS gesprochen',
  'cause.tls': 'der TLS-Handshake schlägt fehl',
  'cause.noHttp': 'die Gegenseite spricht kein HTTP',
  'cause.proxyRefused': 'der Proxy verweigert die Verbindung (HTTP {status})',
  'cause.unknown': 'die Verbindung schlägt fehl',
  'fix.dns': 'Prüfe die Schreibweise des Namens und ob dieser Computer online ist.',
  'fix.noRoute':
    'Prüfe, ob dieser Computer online ist und ob kein VPN und keine Firewall die Verbindung blockiert.',
  'fix.silent': 'Prüfe, ob der Server läuft und ob keine Firewall Verbindungen zu diesem Port verwirft.',
  'fix.closed':
    'Prüfe, ob die URL mit https:// beginnt, falls der Server TLS spricht, und ob keine Firewall und kein Filter die Verbindung schließt.',
  'fix.refused': 'Prüfe, ob der Server läuft und ob der Port in der URL stimmt.',
  'fix.selfSigned':
    'Wenn du dem Zertifikat vertraust, füge das der ausstellenden Stelle zu den vertrauenswürdigen Zertifikaten dieses Computers hinzu.',
  'fix.untrusted': 'Stelle den Server so ein, dass er seine vollständige Zertifikatskette sendet. {trust}',
  'fix.expired': 'Erneuere das Zertifikat und prüfe das Datum dieses Computers.',
  'fix.notYetValid': 'Prüfe das Datum dieses Computers: Es ist wahrscheinlich falsch.',
  'fix.otherName':
    'Verwende den Namen, für den das Zertifikat gilt, oder gib dem Server ein Zertifikat für diesen Namen.',
  'fix.noTls':
    'Prüfe den Port, oder verwende http:// für ein Relay auf diesem Computer oder in einem privaten Netzwerk.',
  'fix.tls': 'Prüfe, ob der Server TLS 1.2 oder neuer unterstützt und für diesen Namen zuständig ist.',
  'fix.proxyPassword':
    'Der Proxy verlangt Benutzername und Passwort. Bitte seinen Betreiber, diesen Computer auszunehmen.',
  'fix.proxyRefused':
    'Bitte den Betreiber des Proxys, CONNECT zum Relay zu erlauben, oder nimm dessen Host in den Proxyeinstellungen des Systems aus.',
  'fix.connection': 'Prüfe die URL, das Netzwerk und die Proxyeinstellungen.',

  'finding.clock.unknown': 'Das Relay gibt seine Uhrzeit nicht an.',
  'finding.clock.same': 'Die Uhren dieses Computers und des Relays stimmen überein (Abweichung: {apart}).',
  'finding.clock.ahead': 'Die Uhr dieses Computers geht gegenüber der des Relays {apart} vor.',
  'finding.clock.behind': 'Die Uhr dieses Computers geht gegenüber der des Relays {apart} nach.',
  'fix.clock': 'Stelle die falsche Uhr richtig, am besten mit der automatischen Uhrzeit.',

  'finding.credential.none': 'Es ist kein Zugang gespeichert: Dieses Gerät ist mit keinem Relay gekoppelt.',
  'finding.credential.otherRelay': 'Dieses Gerät ist mit {paired} gekoppelt, nicht mit {relay}.',
  'finding.credential.expired': 'Der Zugang dieses Geräts ist abgelaufen: {date}.',
  'finding.credential.refused': 'Das Relay akzeptiert den Zugang dieses Geräts nicht.',
  'finding.credential.audience':
    'Das Zugriffstoken nennt dieses Relay nicht als Empfänger und wurde deshalb nicht gesendet.',
  'finding.credential.valid': 'Der Zugang dieses Geräts ist gültig bis: {until}; {state}.',
  'finding.credential.unknownDate': 'unbekannt',
  'finding.credential.signedIn': 'Dieses Gerät ist bei {issuer} angemeldet; {state}.',
  'finding.credential.renews':
    'das Zugriffstoken ist abgelaufen, und die App erneuert es, sobald sie sich verbindet',
  'finding.credential.online': 'das Relay akzeptiert das und sieht dieses Gerät online',
  'finding.credential.offline': 'das Relay akzeptiert das, sieht dieses Gerät aber offline',
  'finding.credential.unconfirmed': 'das Relay konnte es nicht bestätigen',
  'finding.credential.unconfirmedStatus': 'das Relay konnte es nicht bestätigen (HTTP {status})',
  'fix.credential.pair':
    'Melde dich in den Einstellungen ab, und melde dich dann erneut an oder kopple das Gerät neu.',
  'fix.credential.signIn': 'Melde dich in den Einstellungen ab und dann erneut an.',
  'fix.credential.renew': 'Lass die App laufen: Solange sie online ist, erneuert sie den Zugang.',
  'fix.credential.unreadable': 'Behebe die oben gemeldeten Probleme, oder kopple das Gerät neu.',

  'finding.websocket.accepted': 'Das Relay nimmt den WebSocket dieses Geräts an.',
  'finding.websocket.works':
    'WebSockets funktionieren: Das Relay selbst hat einen ohne gültigen Zugang abgelehnt.',
  'finding.websocket.failed': 'Der WebSocket konnte nicht geöffnet werden: {why}.',
  'finding.websocket.version': 'Dem Relay wurde das Subprotokoll dieser Version nicht angeboten.',
  'finding.websocket.refused': 'Das Relay hat einen WebSocket abgelehnt: {reason}',
  'fix.websocket.version':
    'Aktualisiere die ältere der beiden Seiten, und stelle den Proxy vor dem Relay so ein, dass er Sec-WebSocket-Protocol weiterleitet.',
  'fix.websocket.refused': 'Versuche es in einer Minute erneut.',
  'fix.websocket.nginx':
    'nginx, im location-Block des Relays: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";',
  'fix.websocket.caddy':
    'Caddyfile: reverse_proxy unterstützt WebSockets von Haus aus. Prüfe, ob /ws/tunnel unverändert beim Relay ankommt.',
  'fix.websocket.cloudflare': 'Cloudflare, Network: Schalte WebSockets für die Domain des Relays ein.',
  'fix.websocket.unknown':
    'Stelle den Proxy vor dem Relay so ein, dass er WebSocket-Upgrades unter /ws/tunnel mit allen Headern weiterleitet.',

  'finding.streaming.works': 'Antworten werden gestreamt: {chunks} Teile kamen nacheinander an.',
  'finding.streaming.interrupted': 'Eine gestreamte Antwort wurde unterbrochen: {why}.',
  'finding.streaming.untested': 'Das Streaming konnte nicht getestet werden (HTTP {status}).',
  'finding.streaming.short': 'Eine gestreamte Antwort endete nach {arrived} von {chunks} Teilen.',
  'finding.streaming.collected':
    '{which} einer Testantwort kamen nach {after} innerhalb von {spread} an, obwohl das Relay alle {interval} einen sendet: Ein Proxy vor dem Relay puffert sie, daher kommen Tokens stoßweise an.',
  'finding.streaming.all': 'Alle {chunks} Teile',
  'finding.streaming.some': '{size} von {chunks} Teilen',
  'fix.streaming.untested':
    'Aktualisiere das Relay, und stelle den Proxy davor so ein, dass er jeden Pfad weiterleitet.',
  'fix.streaming.nginx': 'nginx, im location-Block des Relays: proxy_buffering off; proxy_http_version 1.1;',
  'fix.streaming.caddy':
    'Caddyfile, im Abschnitt des Relays: Entferne encode und flush_interval. Caddy leitet Streams von Haus aus sofort weiter.',
  'fix.streaming.cloudflare':
    'Cloudflare: Füge für den Host des Relays eine Configuration Rule mit Response Body Buffering „None“ hinzu. Verwende statt eines Quick Tunnels von cloudflared einen benannten Tunnel: Quick Tunnels puffern Antworten auf GET.',
  'fix.streaming.unknown':
    'Schalte Pufferung und Komprimierung von Antworten im Proxy vor dem Relay aus. Gibt es keinen, suche auf diesem Computer oder im Netzwerk nach Software, die den Verkehr untersucht.',
}
