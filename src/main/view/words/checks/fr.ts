import type { Translation } from '../../../../shared/i18n/catalogue.ts'
import type { CHECKS_EN } from './en.ts'

export const CHECKS_FR: Translation<typeof CHECKS_EN> = {
  'finding.dataDir.unusable': '{dir} est inutilisable : {reason}',
  'finding.dataDir.absent': '{dir} n’existe pas encore.',
  'finding.dataDir.free': '{dir} n’est pas utilisé.',
  'finding.dataDir.inUse': '{dir} est utilisé (processus {pid}).',
  'finding.dataDir.silent': 'Un processus occupe {dir}, mais ne répond pas.',
  'fix.dataDir.unusable':
    'Réparez ou supprimez le fichier ou le dossier indiqué. Tout doit appartenir à votre utilisateur.',
  'fix.dataDir.silent': 'Si cela persiste, arrêtez ce processus et redémarrez l’application.',

  'finding.upstream.found': {
    one: '{name} répond à l’adresse {url} et possède {count} modèle.',
    other: '{name} répond à l’adresse {url} et possède {count} modèles.',
  },
  'fix.upstream.none':
    'Démarrez Ollama (https://ollama.com/download) ou indiquez l’adresse de votre serveur de modèles dans les réglages.',
  'fix.upstream.silent':
    'Démarrez le serveur de modèles à cet endroit ou indiquez son adresse dans les réglages.',
  'fix.upstream.needsKey': 'Saisissez sa clé d’API dans les réglages.',
  'fix.upstream.keyRefused': 'Saisissez la bonne clé d’API dans les réglages.',
  'fix.upstream.loading':
    'Attendez que le modèle soit chargé. S’il ne l’est toujours pas, consultez le journal du serveur de modèles.',
  'fix.upstream.failing': 'Consultez le journal du serveur de modèles et redémarrez-le.',
  'fix.upstream.noModels.ollama': 'Téléchargez un modèle dans Ollama, par exemple llama3.2.',
  'fix.upstream.noModels.other': 'Chargez un modèle dans {name}.',

  'finding.exposure.none': 'Le serveur de modèles ne semble pas exposé au réseau.',
  'finding.exposure.reachable':
    'Le serveur de modèles est aussi joignable à {origins} : n’importe qui sur ce réseau peut l’utiliser sans clé.',
  'finding.exposure.variable':
    'Ollama est exposé au réseau : n’importe qui sur celui-ci peut l’utiliser sans clé.',
  'fix.exposure':
    'Désactivez « Expose Ollama to the network » ou « Serve on local network » dans les réglages du serveur de modèles et redémarrez-le. L’application n’a besoin d’y accéder que depuis cet ordinateur.',

  'finding.secrets.keychain':
    'Les secrets sont conservés dans le trousseau du système, qui est déverrouillé.',
  'finding.secrets.file': 'Les secrets sont conservés dans un fichier que vous seul pouvez lire.',
  'finding.secrets.memory':
    'Les secrets ne sont gardés qu’en mémoire et sont perdus quand l’application se ferme.',
  'fix.secrets.unavailable': 'Déverrouillez le trousseau et réessayez.',
  'fix.secrets.memory':
    'Autorisez l’application à les conserver dans un fichier privé ou configurez un trousseau du système.',

  'finding.proxy': '{way} Le serveur de modèles est toujours contacté directement.',
  'finding.proxy.through': 'Le relais est joint par le proxy {proxy}.',
  'finding.proxy.local': 'Le relais est joint directement : il se trouve sur cet ordinateur.',
  'finding.proxy.none': 'Le relais est joint directement : aucun proxy n’est configuré.',
  'finding.proxy.exempt':
    'Le relais est joint directement : un proxy est configuré, mais pas pour ce relais.',
  'fix.proxy.invalid': 'Corrigez l’adresse du proxy dans les réglages réseau du système.',

  'finding.relay.found': 'Un relais répond à l’adresse {url} (version {version}).',
  'finding.relay.protocols':
    '{found} Il prend en charge le protocole {theirs}, cet appareil le protocole {ours}.',
  'finding.relay.warning': '{found} {warning}',
  'finding.relay.unreachable': 'Le relais {url} est injoignable : {why}.',
  'finding.relay.unreachableThrough': 'Le relais {url} est injoignable par le proxy {proxy} : {why}.',
  'finding.relay.stranger': 'Le serveur à l’adresse {url} n’est pas un relais (HTTP {status}).',
  'finding.relay.strangerNamed':
    'Le serveur à l’adresse {url} n’est pas un relais (HTTP {status}, de {server}).',
  'finding.relay.unknown': 'Aucun relais n’est connu : cet appareil n’est pas associé.',
  'fix.relay.unknown': 'Connectez cet appareil à un relais.',
  'fix.relay.protocols': 'Mettez à jour le plus ancien des deux.',
  'fix.relay.warning': 'Utilisez https:// pour le relais.',
  'fix.relay.stranger':
    'Vérifiez qu’il s’agit bien de l’URL du relais et que le serveur lui transmet toutes les requêtes.',
  'fix.relay.redirect': 'Il redirige vers {location}. Utilisez l’URL propre du relais.',

  'cause.dns': 'son nom est introuvable (DNS)',
  'cause.noRoute': 'aucune route n’y mène depuis ce réseau (TCP)',
  'cause.silent': 'aucune réponse n’arrive à temps (TCP)',
  'cause.closed': 'l’autre côté ferme la connexion',
  'cause.refused': 'rien n’écoute sur ce port (TCP)',
  'cause.selfSigned': 'son certificat est auto-signé (TLS)',
  'cause.untrusted':
    'son certificat vient d’une autorité à laquelle cet ordinateur ne fait pas confiance, ou la chaîne est incomplète (TLS)',
  'cause.expired': 'son certificat a expiré (TLS)',
  'cause.notYetValid': 'son certificat n’est pas encore valide (TLS)',
  'cause.otherName': 'son certificat est établi pour un autre nom (TLS)',
  'cause.noTls': 'TLS n’est pas utilisé sur ce port',
  'cause.tls': 'la négociation TLS échoue',
  'cause.noHttp': 'la réponse n’est pas du HTTP',
  'cause.proxyRefused': 'le proxy refuse la connexion (HTTP {status})',
  'cause.unknown': 'la connexion échoue',
  'fix.dns': 'Vérifiez l’orthographe du nom et que cet ordinateur est en ligne.',
  'fix.noRoute':
    'Vérifiez que cet ordinateur est en ligne et qu’aucun VPN ni pare-feu ne bloque la connexion.',
  'fix.silent':
    'Vérifiez que le serveur est en marche et qu’aucun pare-feu ne rejette les connexions à ce port.',
  'fix.closed':
    'Vérifiez que l’URL commence par https:// si le serveur utilise TLS, et qu’aucun pare-feu ni filtre ne ferme la connexion.',
  'fix.refused': 'Vérifiez que le serveur est en marche et que le port de l’URL est correct.',
  'fix.selfSigned':
    'Si vous lui faites confiance, ajoutez le certificat de son autorité à ceux auxquels cet ordinateur fait confiance.',
  'fix.untrusted': 'Configurez le serveur pour qu’il envoie toute sa chaîne de certificats. {trust}',
  'fix.expired': 'Renouvelez le certificat et vérifiez la date de cet ordinateur.',
  'fix.notYetValid': 'Vérifiez la date de cet ordinateur : elle est sans doute fausse.',
  'fix.otherName':
    'Utilisez le nom pour lequel le certificat est établi, ou donnez au serveur un certificat pour ce nom.',
  'fix.noTls':
    'Vérifiez le port, ou utilisez http:// pour un relais sur cet ordinateur ou dans un réseau privé.',
  'fix.tls': 'Vérifiez que le serveur prend en charge TLS 1.2 ou plus récent et qu’il dessert ce nom.',
  'fix.proxyPassword':
    'Le proxy exige un nom d’utilisateur et un mot de passe. Demandez à la personne qui le gère d’exempter cet ordinateur.',
  'fix.proxyRefused':
    'Demandez à la personne qui gère le proxy d’autoriser CONNECT vers le relais, ou exemptez son hôte dans les réglages de proxy du système.',
  'fix.connection': 'Vérifiez l’URL, le réseau et les réglages du proxy.',

  'finding.clock.unknown': 'Le relais n’indique pas son heure.',
  'finding.clock.same': 'Les horloges de cet ordinateur et du relais concordent (écart : {apart}).',
  'finding.clock.ahead': 'L’horloge de cet ordinateur avance de {apart} sur celle du relais.',
  'finding.clock.behind': 'L’horloge de cet ordinateur retarde de {apart} sur celle du relais.',
  'fix.clock': 'Corrigez l’horloge fautive, de préférence en activant le réglage automatique de l’heure.',

  'finding.credential.none':
    'Aucun identifiant n’est enregistré : cet appareil n’est associé à aucun relais.',
  'finding.credential.otherRelay': 'Cet appareil est associé à {paired}, et non à {relay}.',
  'finding.credential.expired': 'L’identifiant de cet appareil a expiré le {date}.',
  'finding.credential.refused': 'Le relais refuse l’identifiant de cet appareil.',
  'finding.credential.audience':
    'Le jeton d’accès ne désigne pas ce relais comme destinataire : il n’a donc pas été envoyé.',
  'finding.credential.valid': 'Fin de validité de l’identifiant de cet appareil : {until} ; {state}.',
  'finding.credential.unknownDate': 'inconnue',
  'finding.credential.signedIn': 'Cet appareil est connecté avec {issuer} ; {state}.',
  'finding.credential.renews': 'le jeton d’accès a expiré, et l’application le renouvelle en se connectant',
  'finding.credential.online': 'le relais l’accepte et voit cet appareil en ligne',
  'finding.credential.offline': 'le relais l’accepte, mais voit cet appareil hors ligne',
  'finding.credential.unconfirmed': 'le relais n’a pas pu le confirmer',
  'finding.credential.unconfirmedStatus': 'le relais n’a pas pu le confirmer (HTTP {status})',
  'fix.credential.pair':
    'Déconnectez-vous dans les réglages, puis reconnectez-vous ou associez à nouveau l’appareil.',
  'fix.credential.signIn': 'Déconnectez-vous dans les réglages, puis reconnectez-vous.',
  'fix.credential.renew':
    'Laissez l’application ouverte : elle renouvelle l’identifiant tant qu’elle est en ligne.',
  'fix.credential.unreadable': 'Résolvez les problèmes signalés ci-dessus ou associez à nouveau l’appareil.',

  'finding.websocket.accepted': 'Le relais accepte le WebSocket de cet appareil.',
  'finding.websocket.works':
    'Les WebSockets fonctionnent : le relais lui-même en a refusé un sans identifiant valide.',
  'finding.websocket.failed': 'Le WebSocket n’a pas pu être ouvert : {why}.',
  'finding.websocket.version': 'Le sous-protocole de cette version n’a pas été proposé au relais.',
  'finding.websocket.refused': 'Le relais a refusé un WebSocket : {reason}',
  'fix.websocket.version':
    'Mettez à jour le plus ancien des deux et configurez le proxy devant le relais pour qu’il transmette Sec-WebSocket-Protocol.',
  'fix.websocket.refused': 'Réessayez dans une minute.',
  'fix.websocket.nginx':
    'nginx, dans le bloc location du relais : proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";',
  'fix.websocket.caddy':
    'Caddyfile : reverse_proxy prend en charge les WebSockets par défaut. Vérifiez que /ws/tunnel parvient au relais sans modification.',
  'fix.websocket.cloudflare': 'Cloudflare, Network : activez WebSockets pour le domaine du relais.',
  'fix.websocket.unknown':
    'Configurez le proxy devant le relais pour qu’il transmette les connexions WebSocket de /ws/tunnel avec tous leurs en-têtes.',

  'finding.streaming.works':
    'Les réponses arrivent en streaming : {chunks} fragments sont arrivés l’un après l’autre.',
  'finding.streaming.interrupted': 'Une réponse en streaming a été interrompue : {why}.',
  'finding.streaming.untested': 'Le streaming n’a pas pu être testé (HTTP {status}).',
  'finding.streaming.short': 'Une réponse en streaming s’est arrêtée après {arrived} fragments sur {chunks}.',
  'finding.streaming.collected':
    '{which} d’une réponse de test sont arrivés en {spread}, au bout de {after}, alors que le relais en envoie un toutes les {interval} : un proxy devant le relais les retient, et les tokens arrivent donc par à-coups.',
  'finding.streaming.all': 'Les {chunks} fragments',
  'finding.streaming.some': '{size} fragments (sur {chunks})',
  'fix.streaming.untested':
    'Mettez le relais à jour et configurez le proxy placé devant lui pour qu’il transmette tous les chemins.',
  'fix.streaming.nginx':
    'nginx, dans le bloc location du relais : proxy_buffering off; proxy_http_version 1.1;',
  'fix.streaming.caddy':
    'Caddyfile, dans le site du relais : retirez encode et flush_interval. Par défaut, Caddy transmet les flux immédiatement.',
  'fix.streaming.cloudflare':
    'Cloudflare : ajoutez pour l’hôte du relais une Configuration Rule avec Response Body Buffering « None ». Au lieu d’un Quick Tunnel de cloudflared, utilisez un tunnel nommé : les Quick Tunnels retiennent les réponses à GET.',
  'fix.streaming.unknown':
    'Désactivez la mise en tampon et la compression des réponses dans le proxy devant le relais. S’il n’y en a pas, cherchez sur cet ordinateur ou sur le réseau un logiciel qui inspecte le trafic.',
}
