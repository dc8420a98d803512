import type { Translation } from '../../../shared/i18n/catalogue.ts'
import { CHECKS_FR } from './checks/fr.ts'
import type { ViewCatalogue } from './en.ts'
import { ERRORS_FR } from './errors/fr.ts'
import { REQUESTS_FR } from './requests/fr.ts'

export const FR: Translation<ViewCatalogue> = {
  'action.reconnect': 'Reconnecter',
  'action.pause': 'Suspendre',
  'action.resume': 'Reprendre',
  'action.signInAgain': 'Se reconnecter',
  'action.retrySecrets': 'Réessayer',
  'action.keepSecretsInFile': 'Conserver dans un fichier',
  'action.detectUpstream': 'Rechercher à nouveau',
  'action.getOllama': 'Obtenir Ollama',
  'action.startUpstream': 'Démarrer Ollama',
  'action.cancelPull': 'Annuler',
  'action.renewDefaultKey': 'Créer une clé par défaut',
  'action.checkForUpdates': 'Rechercher des mises à jour',
  'action.downloadUpdate': 'Télécharger',
  'action.installUpdate': 'Redémarrer pour mettre à jour',
  'action.openReleases': 'Voir les versions',
  'action.openLogs': 'Ouvrir le dossier des journaux',
  'action.tryNow': 'Essayer maintenant',
  'action.tryAgain': 'Réessayer',
  'action.signInInstead': 'Se reconnecter plutôt',
  'action.changeRelay': 'Changer de relais',
  'action.allowNetwork': 'Autoriser sur ce réseau',
  'action.setUpAgain': 'Configurer à nouveau',

  'start.failed': 'CloudToLocalLLM ne peut pas démarrer',

  'connection.starting': 'Démarrage',
  'connection.starting.detail': 'CloudToLocalLLM démarre.',
  'connection.starting.relay': 'Démarrage du relais sur cet ordinateur.',
  'connection.signedOut': 'Non configuré',
  'connection.signedOut.detail':
    'Connectez cet ordinateur à un relais pour joindre vos modèles de n’importe où.',
  'connection.off': 'Suspendu',
  'connection.off.detail': 'Personne ne peut joindre vos modèles tant que vous n’avez pas repris.',
  'connection.asleep': 'En veille',
  'connection.asleep.detail': 'Cet ordinateur se met en veille. Il se reconnectera à son réveil.',
  'connection.noNetwork': 'Pas de réseau',
  'connection.noNetwork.detail':
    'Cet ordinateur n’est connecté à aucun réseau. Il se reconnectera dès le retour du réseau.',
  'connection.draining': 'Fin des requêtes',
  'connection.draining.detail': {
    one: 'L’application se fermera quand {count} requête en cours sera terminée. Les nouvelles sont refusées.',
    other:
      'L’application se fermera quand {count} requêtes en cours seront terminées. Les nouvelles sont refusées.',
  },
  'connection.keychain': 'Trousseau indisponible',
  'connection.connecting': 'Connexion',
  'connection.reconnecting': 'Reconnexion',
  'connection.connecting.detail': 'Connexion à {relay}.',
  'connection.online': 'En ligne',
  'connection.online.detail': 'Vos modèles sont joignables par {relay}.',
  'connection.online.local': 'Seul cet ordinateur peut joindre ce relais.',
  'connection.online.network':
    'Les appareils du même réseau peuvent joindre vos modèles par le relais intégré.',
  'connection.demo': 'En ligne avec le modèle de démonstration',
  'connection.demo.detail':
    'Connecté à {relay}. Les réponses sont inventées tant qu’aucun serveur de modèles ne tourne.',
  'connection.down': 'Pas de serveur de modèles',
  'connection.down.detail':
    'Connecté à {relay}, mais les requêtes échouent, car aucun serveur de modèles ne répond.',
  'connection.needsKey': 'Clé d’API requise',
  'connection.needsKey.detail':
    'Connecté à {relay}, mais les requêtes échouent, car le serveur de modèles exige une clé d’API.',
  'connection.keyRefused': 'Clé d’API refusée',
  'connection.keyRefused.detail':
    'Connecté à {relay}, mais les requêtes échouent, car le serveur de modèles refuse la clé d’API.',
  'connection.loading': 'Chargement d’un modèle',
  'connection.loading.detail':
    'Connecté à {relay}. Les requêtes recevront une réponse quand le serveur aura chargé son modèle.',
  'connection.failing': 'Problème du serveur de modèles',
  'connection.failing.detail':
    'Connecté à {relay}, mais les requêtes échouent, car le serveur de modèles renvoie des erreurs.',
  'connection.noModels': 'Pas encore de modèles',
  'connection.noModels.detail':
    'Connecté à {relay}. Ajoutez un modèle au serveur de modèles pour l’utiliser.',
  'connection.theRelay': 'votre relais',
  'connection.builtIn': 'votre relais intégré',

  'waiting.DRAINING': 'Le relais redémarre.',
  'waiting.TOO_MANY_CONNECTIONS': 'Le relais n’a pas de connexion libre pour le moment.',
  'waiting.TOO_MANY_REQUESTS': 'Le relais limite les requêtes de cet appareil.',
  'waiting.TOKEN_EXPIRED': 'Votre connexion est en cours de renouvellement.',
  'waiting.ISSUER_UNREACHABLE':
    'Le fournisseur d’identité ne répond pas : votre connexion ne peut pas être vérifiée.',
  'waiting.builtIn': 'Le relais intégré ne répond pas. L’application le redémarre automatiquement.',

  'blocked.signIn': 'Connexion requise',
  'blocked.signIn.again': '{reason} Reconnectez-vous ou associez à nouveau l’appareil pour continuer.',
  'blocked.signIn.any': 'Le relais n’accepte pas cet appareil.',
  'blocked.CREDENTIAL_INVALID': 'Le relais n’accepte plus cet appareil.',
  'blocked.CREDENTIAL_EXPIRED': 'Cet appareil est resté hors ligne si longtemps que son accès a expiré.',
  'blocked.PROOF_INVALID': 'Cet appareil n’a pas pu prouver que son identifiant lui appartient.',
  'blocked.AUDIENCE_UNCONFIRMED': 'Votre connexion n’est pas destinée à ce relais.',
  'blocked.DEVICE_REVOKED':
    'Cet appareil a été révoqué, depuis un autre de vos appareils ou par la personne qui gère le relais.',
  'blocked.NOT_PAIRED': 'Cet appareil n’est encore associé à aucun relais.',
  'blocked.SIGN_IN_EXPIRED': 'Votre connexion a pris fin.',
  'blocked.stopped': 'Arrêté',
  'blocked.stopped.detail': 'Le relais a refusé cet appareil : {reason}',
  'blocked.builtIn':
    'Le relais intégré n’accepte plus cet ordinateur. Configurez-le à nouveau pour continuer.',
  'blocked.replaced': 'Connexion reprise',
  'blocked.replaced.detail':
    'Une autre application fonctionne en tant que cet appareil et a repris la connexion. Quittez-la, puis reconnectez-vous. S’il s’agit d’une copie de cette installation, identifiez-vous à nouveau sur l’une des deux.',
  'blocked.tooOld': 'Mise à jour requise',
  'blocked.tooOld.detail':
    'Cette application et le relais n’ont aucune version en commun. Mettez l’application à jour. Si elle l’est déjà, demandez à la personne qui gère le relais de le mettre à jour.',
  'blocked.limit': 'Limite d’appareils atteinte',
  'blocked.limit.detail':
    'Ce relais n’accepte plus d’appareils de votre part. Déconnectez d’abord un autre appareil, puis reconnectez-vous.',

  'error.RELAY_UNREACHABLE':
    'Le relais est injoignable. Vérifiez l’adresse, le réseau et les réglages du proxy.',
  'error.RELAY_REFUSED': 'Ce qui répond à l’adresse du relais n’est pas un relais. Vérifiez l’adresse.',
  'error.PAIRING_CODE_INVALID':
    'Le code d’association est erroné, déjà utilisé ou expiré. Le relais en affiche un nouveau.',
  'error.PAIRING_LOCKED':
    'Trop de codes erronés. Attendez une minute et utilisez le code que le relais affiche alors.',
  'error.SIGN_IN_FAILED': 'La connexion a échoué. Réessayez.',
  'error.OFFLINE': 'Cet ordinateur est hors ligne.',
  'error.CARRIER_DEAD': 'La connexion ne répondait plus et a été coupée.',
  'error.HELLO_TIMEOUT': 'Le relais n’a pas répondu à temps.',
  'error.SECRETS_UNAVAILABLE':
    'Le trousseau du système est inutilisable pour le moment. Déverrouillez-le et réessayez. Son contenu n’a pas été modifié.',
  'error.KEY_NOT_FOUND': 'Cette clé n’existe pas. Elle a peut-être déjà été révoquée.',
  'error.SCOPE_MISSING': 'La clé n’a pas l’autorisation dont la requête a besoin.',
  'error.MODEL_NOT_ALLOWED': 'La clé ne peut pas utiliser ce modèle.',
  'error.UPSTREAM_UNREACHABLE': 'Le serveur de modèles ne répond pas. Vérifiez qu’il est en marche.',
  'error.UPSTREAM_FAILED': 'Le serveur de modèles a interrompu sa réponse.',
  'error.TOO_MANY_REQUESTS': 'Trop de requêtes. Patientez un instant.',
  'error.TUNNEL_LOST': 'La connexion a été perdue avant la fin de la réponse.',
  'error.INTERNAL': 'Une erreur s’est produite. Le journal contient les détails.',

  'problem.relayLocal': 'Seul cet ordinateur peut joindre ce relais',
  'problem.relayLocal.text':
    'Son adresse ne mène qu’à cet ordinateur. Pour joindre vos modèles depuis un téléphone ou ailleurs, utilisez un relais sur Internet.',
  'problem.relayLocal.builtIn':
    'Pour utiliser vos modèles depuis un téléphone à la maison, passez le relais sur « Réseau domestique ». Pour les utiliser d’ailleurs, il faut un relais sur Internet.',
  'problem.builtInRelayFailed': 'Le relais intégré ne fonctionne pas',
  'problem.builtInRelayFailed.portInUse':
    'Un autre programme utilise le port {port}. Fermez-le, et le relais démarrera automatiquement.',
  'problem.builtInRelayFailed.stopped':
    'Il s’est arrêté de façon inattendue. L’application le redémarre automatiquement. S’il s’arrête encore, le journal en donne la raison.',
  'problem.networkNotAllowed': 'Injoignable sur ce réseau',
  'problem.networkNotAllowed.text':
    'Pour votre sécurité, les téléphones et ordinateurs de ce réseau ne peuvent pas utiliser le relais. Ne l’autorisez que sur un réseau de confiance.',
  'problem.networkMissing.text':
    'Cet ordinateur n’est connecté à aucun réseau. Dès qu’il retrouvera votre réseau domestique, votre téléphone pourra de nouveau utiliser le relais.',
  'problem.keychainEmptied': 'Votre trousseau a changé',
  'problem.keychainEmptied.text':
    'Il ne contient plus les secrets de cette application : il a été vidé ou remplacé. Reconnectez-vous, ou restaurez l’ancien trousseau et redémarrez l’application.',
  'problem.secretsInMemory': 'Votre connexion n’est pas enregistrée',
  'problem.secretsInMemory.text':
    'Le système n’offre pas de trousseau : votre connexion est perdue quand l’application se ferme. Elle peut être conservée dans un fichier que seul votre compte utilisateur peut lire.',
  'problem.relayNotEncrypted': 'La connexion n’est pas chiffrée',
  'problem.relayNotEncrypted.text':
    'N’importe qui sur le réseau entre cet ordinateur et {relay} peut lire les échanges.',
  'problem.relayNotEncrypted.builtIn':
    'N’importe qui sur votre réseau domestique peut lire les échanges entre vos appareils et cet ordinateur. N’utilisez ce relais que sur un réseau de confiance.',
  'problem.trayUnavailable': 'Pas d’icône dans la zone de notification',
  'problem.trayUnavailable.text':
    'Ce bureau n’affiche pas d’icônes dans la zone de notification : fermer la fenêtre quitte donc l’application. Réduisez-la plutôt. Sous GNOME, l’extension « AppIndicator and KStatusNotifierItem Support » les ajoute.',
  'problem.updateReady': 'Mise à jour prête',
  'problem.updateAvailable': 'Mise à jour disponible',
  'problem.secretsInFile': 'Votre connexion est conservée dans un fichier',
  'problem.secretsInFile.text':
    'Elle se trouve dans un fichier que seul votre compte utilisateur peut lire, et non dans le trousseau du système.',
  'problem.notice': 'À noter',

  'relay.paired': 'Associé',
  'relay.signedIn': 'Connecté avec {issuer}',

  'upstream.looking': 'Recherche d’un serveur de modèles',
  'upstream.looking.detail': 'Recherche d’Ollama, de LM Studio, de llama.cpp et de vLLM sur cet ordinateur.',
  'upstream.demo': 'Modèle de démonstration',
  'upstream.demo.detail':
    'Renvoie du texte inventé tant qu’aucun vrai serveur de modèles ne tourne. Installez Ollama pour utiliser vos propres modèles.',
  'upstream.here': 'Sur cet ordinateur.',
  'upstream.elsewhere': 'Sur un autre ordinateur.',
  'upstream.noModels.ollama': 'Pas encore de modèles. Téléchargez-en un ci-dessous.',
  'upstream.noModels.other': 'Pas encore de modèles. Chargez-en un dans le serveur de modèles.',
  'upstream.needsKey': 'Le serveur de modèles exige une clé d’API',
  'upstream.needsKey.detail': '{server} exige une clé d’API. Saisissez-la dans les réglages.',
  'upstream.keyRefused': 'Clé d’API refusée',
  'upstream.keyRefused.detail': '{server} refuse la clé d’API. Saisissez la bonne clé dans les réglages.',
  'upstream.loading': 'Chargement d’un modèle',
  'upstream.loading.detail':
    '{server} charge un modèle. Les requêtes recevront une réponse une fois le modèle chargé.',
  'upstream.failing': 'Le serveur de modèles a un problème',
  'upstream.failing.detail':
    '{server} renvoie des erreurs. Son journal contient les détails. Le redémarrer peut aider.',
  'upstream.none': 'Aucun serveur de modèles trouvé',
  'upstream.none.detail':
    'Démarrez Ollama, LM Studio, llama.cpp ou vLLM sur cet ordinateur. L’application le détecte automatiquement.',
  'upstream.silent': 'Le serveur de modèles ne répond pas',
  'upstream.silent.detail':
    'Rien ne répond à l’adresse {url}. L’application détectera le serveur dès son démarrage.',

  'pull.running': 'Téléchargement de {model}',
  'pull.progress': 'Téléchargement de {model} : {done} sur {total}',
  'pull.done': '{model} est prêt.',
  'pull.unknown': 'La bibliothèque d’Ollama n’a aucun modèle « {model} ». Vérifiez le nom.',

  'chat.failed': 'Le modèle n’a pas répondu. Réessayez, ou lancez les vérifications de la page Diagnostic.',

  'request.chat': 'Chat',
  'request.completion': 'Complétion de texte',
  'request.embeddings': 'Embeddings',
  'request.models': 'Liste des modèles',
  'request.modelDetails': 'Détails d’un modèle',
  'request.loaded': 'Modèles chargés',
  'request.pull': 'Téléchargement d’un modèle',
  'request.create': 'Nouveau modèle',
  'request.delete': 'Suppression d’un modèle',
  'request.copy': 'Copie d’un modèle',
  'request.kept': 'Réponse conservée',
  'request.tokens': 'Comptage de tokens',
  'request.version': 'Version',
  'request.keptFor': {
    one: 'Conservée, encore {count} min',
    other: 'Conservée, encore {count} min',
  },
  'request.status': 'Le serveur de modèles a répondu avec le statut {status}.',

  'update.unsupported':
    'Cette copie de l’application ne peut pas être mise à jour automatiquement, car elle n’a pas été installée comme paquet.',
  'update.notChecked': 'Aucune recherche de mise à jour pour l’instant.',
  'update.upToDate': 'La version {version} est à jour.',
  'update.checking': 'Recherche de mises à jour.',
  'update.available': 'La version {version} est disponible.',
  'update.packageManager':
    'La version {version} est disponible. Installez-la avec le gestionnaire de paquets de votre système.',
  'update.packageManager.command':
    'La version {version} est disponible. Installez-la avec votre gestionnaire de paquets : téléchargez le paquet et exécutez : {command}',
  'update.downloading': 'Téléchargement de la version {version}.',
  'update.installing': 'Installation de la version {version}.',
  'update.failed': '{reason} La version {version} continue de fonctionner.',
  'update.waitsForRequests':
    'La version {version} sera installée quand les requêtes en cours seront terminées.',
  'update.waitsForQuiet':
    'La version {version} sera installée après un moment sans requêtes. Vous pouvez aussi l’installer maintenant.',
  'update.waitsForQuit':
    'La version {version} sera installée quand vous quitterez l’application. Vous pouvez aussi l’installer maintenant.',
  'update.ready': 'La version {version} est prête à être installée.',

  'tray.upstream': { one: '{name}, {count} modèle', other: '{name}, {count} modèles' },
  'tray.hideWindow': 'Masquer la fenêtre',
  'tray.showWindow': 'Afficher la fenêtre',
  'tray.reconnect': 'Reconnecter maintenant',
  'tray.copyUrl': 'Copier l’adresse',
  'tray.copyKey': 'Copier la clé',
  'tray.recent': 'Requêtes récentes',
  'tray.noRecent': 'Aucune pour l’instant',
  'tray.settings': 'Réglages…',
  'tray.about': 'À propos de CloudToLocalLLM',
  'tray.quit': 'Quitter',
  'tray.quitNow': 'Quitter maintenant',
  'tray.pull': 'Téléchargement de {model} : {percent}',
  'tray.jobs': { one: '{count} tâche', other: '{count} tâches' },
  'tray.running': 'en cours',
  'tray.done': 'terminée',
  'tray.failed': 'échec',
  'tray.cancelled': 'annulée',
  'tray.tokensPerSecond': '{speed} tok/s',
  'tray.update.available': 'La version {version} est disponible…',
  'tray.update.downloading': 'Téléchargement de {version}',
  'tray.update.waiting': 'Passera à {version} après les requêtes',
  'tray.update.ready': 'Redémarrer pour passer à {version}',
  'tray.update.installing': 'Passage à {version}',
  'tray.update.checking': 'Recherche de mises à jour',
  'tray.update.check': 'Rechercher des mises à jour',

  'notification.stillRunning': 'CloudToLocalLLM continue de fonctionner',
  'notification.stillRunning.tray': 'L’application est dans la zone de notification ; quittez-la depuis là.',
  'notification.stillRunning.hidden': 'Relancez l’application pour voir la fenêtre.',
  'notification.newClient': 'Nouveau client',
  'notification.newClient.text': 'La clé « {key} » a été utilisée pour la première fois.',
  'notification.relayDown': 'Le relais est injoignable',
  'notification.relayDown.text':
    'Vos modèles sont injoignables depuis cinq minutes. L’application continue d’essayer.',

  'quit.question': { one: '{count} requête encore en cours', other: '{count} requêtes encore en cours' },
  'quit.detail':
    'Quitter maintenant interrompt les requêtes en cours. CloudToLocalLLM peut plutôt refuser les nouvelles requêtes et se fermer quand celles en cours sont terminées.',
  'quit.whenFinished': 'Quitter une fois terminé',
  'quit.now': 'Quitter maintenant',
  'quit.cancel': 'Annuler',

  'menu.app': 'CloudToLocalLLM',
  'menu.edit': 'Édition',
  'menu.view': 'Présentation',
  'menu.window': 'Fenêtre',
  'menu.settings': 'Réglages…',
  'menu.about': 'À propos de CloudToLocalLLM',
  'menu.quit': 'Quitter',
  'menu.close': 'Fermer la fenêtre',
  'menu.zoomIn': 'Zoom avant',
  'menu.zoomOut': 'Zoom arrière',
  'menu.zoomReset': 'Taille réelle',
  'menu.undo': 'Annuler',
  'menu.redo': 'Rétablir',
  'menu.cut': 'Couper',
  'menu.copy': 'Copier',
  'menu.paste': 'Coller',
  'menu.selectAll': 'Tout sélectionner',
  'menu.minimize': 'Réduire',
  'page.status': 'État',
  'page.connect': 'Connexion',
  'page.keys': 'Clés',
  'page.requests': 'Requêtes',
  'page.jobs': 'Tâches',
  'page.devices': 'Appareils',
  'page.settings': 'Réglages',
  'page.diagnostics': 'Diagnostic',

  'snippet.terminal': 'Dans un terminal sous Linux ou macOS.',
  'snippet.powerShell': 'Dans PowerShell sous Windows, avec la CLI d’Ollama.',
  'snippet.curl': 'Dans un terminal sous Linux ou macOS, ou dans Git Bash.',
  'snippet.sdk': 'En JavaScript ou TypeScript. En Python, les options sont base_url et api_key.',
  'snippet.openWebUi': 'Dans Admin Settings → Connections → OpenAI → Manage → Add New Connection.',
  'snippet.continue':
    'Dans ~/.continue/config.yaml. S’il contient déjà des modèles, ajoutez cette entrée à la liste.',
  'snippet.cursor':
    'Dans Cursor Settings → Models. Cursor envoie les requêtes depuis ses propres serveurs : l’adresse doit donc être joignable depuis Internet.',
  'snippet.cline': 'Dans les réglages de Cline, avec « OpenAI Compatible » comme fournisseur d’API.',
  'snippet.zed':
    'Dans le fichier settings.json de Zed. Saisissez la clé dans les réglages du panneau de l’agent, ou dans la variable d’environnement CLOUDTOLOCALLLM_API_KEY.',
  'snippet.homeAssistant':
    'Dans Paramètres → Appareils et services → Ajouter une intégration → Ollama. Il n’y a pas de champ pour une clé : l’adresse la contient donc.',
  'snippet.n8n': 'Dans Credentials → Add credential → OpenAI.',
  'snippet.claudeCode': 'Dans un terminal sous Linux ou macOS.',
  'snippet.codex':
    'Dans ~/.codex/config.toml. Codex lit la clé dans la variable d’environnement CLOUDTOLOCALLLM_API_KEY.',

  ...CHECKS_FR,
  ...ERRORS_FR,
  ...REQUESTS_FR,
}
