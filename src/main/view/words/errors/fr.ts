import type { Translation } from '../../../../shared/i18n/catalogue.ts'
import type { ERRORS_EN } from './en.ts'

export const ERRORS_FR: Translation<typeof ERRORS_EN> = {
  'case.relayUrl.form': 'L’adresse du relais doit ressembler à https://relay.example.com.',
  'case.relayUrl.user': 'L’adresse du relais ne doit contenir ni nom d’utilisateur ni mot de passe.',
  'case.relayUrl.query': 'L’adresse du relais ne doit contenir ni « ? » ni « # ».',
  'case.relayUrl.plain':
    'Une adresse en http:// enverrait l’identifiant de cet appareil en clair. Utilisez https://.',
  'case.relayUrl.unencrypted':
    'La connexion à {host} n’est pas chiffrée : n’importe qui sur le réseau peut lire les échanges.',
  'case.relayUrl.moved': '{origin} redirige vers une autre URL. Utilisez {target}',
  'case.proxyUrl': 'L’adresse du proxy n’est pas une URL comme http://proxy:3128.',

  'case.pairingCode':
    'Ce n’est pas un code d’association. Utilisez le code que le relais affiche, par exemple ABCD-2345.',
  'case.identityDamaged':
    'L’identité enregistrée de cet appareil est endommagée. Connectez-vous ou associez-le à nouveau.',
  'case.signIn.pairOnly':
    'Ce relais n’a pas de fournisseur d’identité : associez l’appareil avec le code qu’il affiche.',
  'case.signIn.late': 'La connexion n’a pas abouti à temps. Réessayez.',
  'case.signIn.cancelled': 'La connexion a été annulée.',
  'case.signIn.declined': 'La connexion a été refusée.',
  'case.signIn.refused': 'Le fournisseur d’identité a refusé la connexion : {reason}',
  'case.signIn.unsafe': '{host} n’est pas un endroit sûr pour se connecter : https n’y est pas utilisé.',
  'case.signIn.unusable': 'La réponse du fournisseur d’identité est inutilisable.',
  'case.signIn.browser': 'Le navigateur n’a pas pu être ouvert.',
  'case.signIn.audience':
    'Le relais {url} demande des jetons d’accès pour {audience}, qui n’est pas sa propre URL. Si vous lui faites confiance pour cela, reconnectez-vous et confirmez le destinataire.',

  'upstream.at': '{name} ({url})',
  'case.upstream.server': 'Le serveur de modèles',
  'case.upstream.needsKey': '{server} exige une clé d’API.',
  'case.upstream.keyRefused': '{server} refuse la clé d’API configurée.',
  'case.upstream.loading': '{server} est encore en train de charger un modèle.',
  'case.upstream.failing': '{server} répond par une erreur (statut {status}).',
  'case.upstream.none':
    'Aucun serveur de modèles n’a été trouvé sur cet ordinateur (Ollama, LM Studio, llama.cpp, vLLM). L’un d’eux est-il en marche ?',
  'case.upstream.stranger':
    'Le serveur à l’adresse {url} n’est pas un serveur de modèles. Vérifiez l’adresse.',
  'case.upstream.silent': 'Aucun serveur de modèles ne répond à l’adresse {url}. Est-il en marche ?',
  'case.upstream.gone': '{server} ne répond pas. Est-il en marche ?',
  'case.upstream.url': 'L’adresse du serveur de modèles doit être hôte:port ou une URL http(s).',
  'case.upstream.keyFirst': 'Indiquez l’adresse du serveur de modèles avant sa clé d’API.',
  'case.upstream.key':
    'La clé d’API d’un serveur de modèles est un seul mot de 1 024 caractères ASCII au plus.',
  'case.upstream.keyFile': 'Impossible de lire le fichier de clé {path}.',
  'case.upstream.keyWithoutServer':
    'Une clé d’API est définie pour un serveur de modèles qui n’est pas indiqué. Saisissez plutôt la clé dans les réglages.',

  'case.ollama.removed': 'Ollama n’est plus installé.',
  'case.ollama.notStarted': 'Ollama n’a pas pu être démarré.',
  'case.ollama.notRunning': 'Ollama doit être en marche pour télécharger des modèles.',
  'case.modelName': 'Ce n’est pas un nom de modèle. Exemple : llama3.2.',

  'case.defaultKeyRevoked': 'La clé par défaut a été révoquée. Créez-en une nouvelle sur la page Connexion.',
  'case.addressUnknown': 'L’adresse n’est connue qu’une fois que l’application a été en ligne.',
  'case.notReady': 'L’application n’est pas encore prête. Réessayez dans un instant.',
  'case.windowRequest': 'La fenêtre a envoyé une requête non valide. Fermez-la, puis rouvrez-la.',

  'case.settings.managed': '{names} : géré par votre organisation, modification impossible',
  'case.settings.foreignFile': '{path} n’est pas un fichier de réglages de cette application.',
  'case.settings.policy': 'Impossible de lire les réglages de l’administrateur dans {path}.',
  'case.settings.invalid': '{source} : {mistakes}',
  'case.settings.source.environment': 'Réglages de cet ordinateur',
  'case.settings.source.change': 'Réglages',
  'case.setting.invalid': '« {name} » doit être {allowed}.',
  'case.setting.unknown': 'Le réglage « {name} » n’existe pas.',
  'case.setting.notObject': 'Les réglages doivent être un objet JSON.',
  'allowed.number': 'un nombre entier de {min} à {max}',
  'allowed.switch': 'true ou false',
  'allowed.choice': 'l’une de ces valeurs : {values}',
  'allowed.list': 'une liste de ces valeurs : {values}',
  'allowed.url': 'une URL comme https://relay.example.com, sans nom d’utilisateur, « ? » ni « # »',
  'allowed.text': 'un texte de 1 à {max} caractères',
  'allowed.other': 'une valeur telle que l’application l’exporte',
  'allowed.orNull': '{allowed}, ou null',

  'case.key.invalid': '{mistakes}',
  'case.key.noName': 'Donnez un nom à la clé.',
  'case.key.longName': 'Le nom doit avoir au plus {max} caractères.',
  'case.key.name': 'Le nom ne doit pas contenir de caractères de contrôle.',
  'case.key.scopes': 'Sélectionnez au moins une autorisation.',
  'case.key.models': 'Sélectionnez au moins un modèle, ou tous.',
  'case.key.longModel': 'Le nom d’un modèle doit avoir de 1 à {max} caractères.',
  'case.key.expires': 'La clé doit expirer à un moment donné, ou jamais.',
  'case.key.limit': 'Une limite doit être un nombre entier de 1 à {max}.',

  'case.device.current': 'C’est cet appareil-ci. Déconnectez-le dans les réglages.',
  'case.device.ambiguous': 'Plusieurs appareils portent ce nom.',
  'case.device.unknown': 'Le relais ne connaît pas cet appareil. Il a peut-être déjà été révoqué.',

  'case.alreadyRunning':
    'Un autre bridge ({who}) utilise déjà {dir}. Arrêtez-le, puis redémarrez l’application.',
  'case.alreadyRunning.process': 'processus {pid}',
  'case.alreadyRunning.silent': 'un processus qui ne répond pas',
  'case.certificates': 'Les certificats de {path} sont inutilisables.',
  'case.certificates.none': 'il ne contient aucun certificat',

  'case.dataDir': '{problem}',
  'case.dataDir.foreign':
    '{path} appartient à un autre utilisateur, qui pourrait obtenir un accès. Utilisez l’application en tant que cet utilisateur, ou devenez propriétaire du fichier ou du dossier.',
  'case.dataDir.writable':
    'D’autres utilisateurs peuvent écrire dans {path} et pourraient obtenir un accès. Modifiez ses droits pour être seul à pouvoir y écrire.',
  'case.dataDir.notAFile': '{path} n’est pas un fichier.',
  'case.dataDir.link':
    '{path} est un lien symbolique, qui n’est pas suivi ici. Mettez le fichier lui-même à sa place.',
  'case.dataDir.socket':
    'D’autres utilisateurs ont accès au dossier {dir}. Modifiez ses droits pour être seul à y avoir accès.',

  'case.file.unusable': '{path} est inutilisable : {reason}',
  'case.file.newer': '{path} provient d’une version plus récente. Réinstallez cette version.',
  'case.file.notJson': 'ce n’est pas du JSON',
  'case.file.content': 'son contenu n’est pas celui de cette application',
  'case.file.damaged': 'il est endommagé',
  'case.file.other': 'le système signale une erreur.',
  'case.file.diskFull': 'le disque est plein. Libérez de l’espace, puis réessayez.',
  'case.file.denied': 'accès refusé. Vérifiez son propriétaire et ses droits d’accès.',
  'case.file.readOnly':
    'il se trouve sur un système de fichiers en lecture seule. Choisissez un autre chemin ou autorisez l’écriture.',
  'case.file.missing':
    'une partie du chemin n’existe pas et ne peut pas être créée. Choisissez un autre chemin.',
  'case.file.notADirectory': 'une partie du chemin est un fichier. Choisissez un autre chemin.',

  'case.keychain': '{trouble}. {cure}, puis réessayez. Son contenu n’a pas été modifié.',
  'case.keychain.missing': 'Aucun trousseau du système n’est disponible',
  'case.keychain.locked': 'Le trousseau du système est verrouillé',
  'case.keychain.refused': 'Le trousseau du système ne fonctionne pas',
  'case.keychain.tooLarge': 'Le trousseau du système n’accepte pas une valeur de cette taille',
  'case.keychain.silent': 'Le trousseau du système ne répond pas',
  'case.keychain.emptied':
    'Le trousseau du système ne contient plus les secrets de cet appareil : il a été vidé ou remplacé',
  'case.keychain.cure.missing':
    'Démarrez-en ou installez-en un (sous Linux : GNOME Keyring, KWallet ou KeePassXC)',
  'case.keychain.cure.locked': 'Déverrouillez-le',
  'case.keychain.cure.refused': 'Vérifiez-le dans l’application de trousseau du système',
  'case.keychain.cure.tooLarge': 'Faites émettre des jetons plus courts par le fournisseur d’identité',
  'case.keychain.cure.silent': 'Cherchez la fenêtre qui demande son mot de passe et déverrouillez-le',
  'case.keychain.cure.emptied': 'Restaurez l’ancien trousseau',
  'case.secretsKind':
    '« {text} » n’est pas un endroit où l’application peut conserver des secrets. Choisissez parmi : {kinds}.',

  'notice.fileReplaced':
    'Le fichier {path} est inutilisable ({reason}). Il a été enregistré sous {movedTo} et remplacé par un fichier vide.',
  'notice.usageOff': 'L’utilisation n’est pas enregistrée : {reason}',
  'notice.usageFailing':
    'L’utilisation n’est pas enregistrée pour l’instant. Vérifiez que le disque n’est pas plein.',
  'notice.jobsOff': 'Les tâches ne sont pas disponibles : {reason}',
  'notice.secretsInFile':
    '{trouble} ; l’identifiant de cet appareil est donc conservé dans {path}, que vous seul pouvez lire.',
  'notice.secretsInMemory':
    '{trouble} ; l’identifiant de cet appareil n’est donc conservé que jusqu’à la fermeture de l’application.',

  'updateFailure.unreachable':
    'Le serveur de mises à jour est injoignable. Vérifiez la connexion de cet ordinateur à Internet.',
  'updateFailure.noRelease': 'Il n’y a pas encore de version pour ce système sur ce canal.',
  'updateFailure.incomplete': 'La version est incomplète. Réessayez plus tard.',
  'updateFailure.altered':
    'Le téléchargement ne correspond pas à la version publiée : il a été supprimé. Réessayez plus tard.',
  'updateFailure.notWritable':
    'L’application ne peut pas remplacer son propre fichier. Déplacez-la dans un dossier à vous ou mettez-la à jour manuellement.',
  'updateFailure.readOnly':
    'L’application se trouve sur un volume en lecture seule. Déplacez-la dans un dossier à vous et réessayez.',
  'updateFailure.diskFull': 'Le disque est plein. Libérez de l’espace et réessayez.',
  'updateFailure.refused':
    'Le serveur de mises à jour a refusé la requête. Réessayez plus tard ou téléchargez la nouvelle version manuellement.',
  'updateFailure.proxyPassword':
    'Le proxy exige un nom d’utilisateur et un mot de passe. Saisissez-les dans les réglages de proxy du système et réessayez.',
  'updateFailure.proxyGone': 'Le proxy est injoignable. Vérifiez les réglages de proxy du système.',
  'updateFailure.unknownAuthority':
    'Le certificat du serveur de mises à jour ne vient pas d’une autorité à laquelle cet ordinateur fait confiance. Si un logiciel sur cet ordinateur ou sur le réseau inspecte TLS, ajoutez son certificat au système.',
  'updateFailure.certificate':
    'Le certificat du serveur de mises à jour n’est pas valide. Vérifiez l’horloge de cet ordinateur et réessayez.',
  'updateFailure.notSigned':
    'La nouvelle version n’est pas signée par l’éditeur de celle-ci : elle n’a donc pas été installée. Téléchargez-la depuis la page du projet.',
  'updateFailure.dismissed':
    'Le mot de passe administrateur n’a pas été saisi : rien n’a donc été installé. Réessayez quand vous l’aurez.',
  'updateFailure.notAuthorized':
    'Ce compte ne peut pas installer de logiciels, ou le mot de passe n’a pas pu être demandé. Installez le paquet manuellement.',
  'updateFailure.cannotAsk':
    'Aucun programme sur cet ordinateur ne peut demander le mot de passe administrateur. Installez pkexec, ou installez le paquet manuellement.',
  'updateFailure.packageManager':
    'Le gestionnaire de paquets n’a pas pu installer la nouvelle version. Installez le paquet manuellement.',

  'error.ALREADY_RUNNING':
    'Un autre bridge utilise déjà ce dossier de données. Arrêtez-le, puis redémarrez l’application.',
  'error.AUDIENCE_UNCONFIRMED':
    'Le jeton d’accès ne désigne pas ce relais comme destinataire : il n’a donc pas été envoyé. Reconnectez-vous, et confirmez le destinataire si vous lui faites confiance.',
  'error.CONFIG_INVALID': 'Un réglage a une valeur inutilisable.',
  'error.CREDENTIAL_EXPIRED': 'L’identifiant de cet appareil a expiré. Associez-le à nouveau.',
  'error.CREDENTIAL_INVALID':
    'Le relais refuse l’identifiant de cet appareil. Connectez-vous ou associez-le à nouveau.',
  'error.DEVICE_REVOKED':
    'Cet appareil a été révoqué par son propriétaire ou par la personne qui gère le relais. Si c’était une erreur, associez-le à nouveau.',
  'error.DRAINING': 'Le relais s’arrête. Réessayez dans un instant.',
  'error.ISSUER_UNREACHABLE':
    'Le fournisseur d’identité ne répond pas : votre connexion ne peut pas être vérifiée. Réessayez dans un instant.',
  'error.JOBS_UNAVAILABLE':
    'Cet ordinateur ne conserve ni tâches ni fichiers. Mettez l’application à jour et cherchez la raison dans son journal.',
  'error.JOB_CANCELLED':
    'La tâche a été annulée : elle n’a donc pas de résultat. Relancez-la pour en obtenir un.',
  'error.JOB_EXPIRED': 'La tâche n’a pas été terminée à temps. Créez-la à nouveau ou relancez-la.',
  'error.JOB_INTERRUPTED':
    'L’application a planté ou a été arrêtée trois fois pendant cette requête : elle n’est donc pas renvoyée. Si la requête n’en est pas la cause, relancez la tâche.',
  'error.JOB_NOT_FINISHED':
    'La tâche n’est pas encore terminée. Attendez qu’elle le soit, ou annulez-la d’abord.',
  'error.JOB_NOT_FOUND':
    'Aucune tâche n’a cet identifiant, ou elle appartient à une autre clé. Elle a peut-être été supprimée.',
  'error.NOT_PAIRED': 'Cet appareil n’est associé à aucun relais. Connectez-vous ou associez-le.',
  'error.PROOF_INVALID':
    'Cet appareil n’a pas pu prouver que son identifiant lui appartient. Associez-le à nouveau. Si cela ne suffit pas, un proxy devant le relais supprime des en-têtes.',
  'error.SIGN_IN_EXPIRED': 'Votre connexion a pris fin. Reconnectez-vous.',
  'error.TOO_MANY_CONNECTIONS':
    'Le relais n’a plus de place pour une autre connexion. Réessayez dans un instant.',
  'error.TOO_MANY_DEVICES':
    'Limite d’appareils atteinte. Déconnectez d’abord un autre appareil, puis reconnectez celui-ci.',
  'error.TOO_MANY_JOBS':
    'Trop de tâches sont déjà en attente. Attendez que l’une se termine, ou annulez-en quelques-unes.',
  'error.UPSTREAM_UNAUTHORIZED':
    'Le serveur de modèles exige une clé d’API, ou refuse celle qui est configurée. Saisissez sa clé d’API dans les réglages.',
  'error.VERSION_UNSUPPORTED':
    'Le relais et cette application n’ont aucune version du protocole en commun. Mettez à jour le plus ancien des deux.',
}
