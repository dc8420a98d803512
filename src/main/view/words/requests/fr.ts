import type { Translation } from '../../../../shared/i18n/catalogue.ts'
import type { REQUESTS_EN } from './en.ts'

export const REQUESTS_FR: Translation<typeof REQUESTS_EN> = {
  'error.UNAUTHORIZED': 'La requête n’avait pas de clé valide.',
  'error.KEY_UNKNOWN': 'La clé est inconnue, révoquée ou expirée.',
  'error.FORBIDDEN': 'Les identifiants appartiennent à un autre propriétaire.',
  'error.HOST_NOT_TRUSTED':
    'Le relais ne connaît pas ce nom d’hôte. Utilisez l’adresse propre du relais, ou demandez à son opérateur d’autoriser ce nom.',
  'error.HTTPS_REQUIRED':
    'Le relais n’accepte que les connexions chiffrées. Utilisez une adresse en https://.',
  'error.ORIGIN_NOT_TRUSTED': 'Le relais n’autorise pas les pages de cette origine à le faire.',
  'error.NOT_FOUND': 'La requête a utilisé un chemin inconnu.',
  'error.BAD_PATH': 'Le chemin de la requête n’est pas acceptable.',
  'error.URI_TOO_LONG': 'Le chemin de la requête est trop long.',
  'error.TEXT_TOO_LONG': 'Un nom ou une valeur de la requête est trop long.',
  'error.BAD_REQUEST': 'La requête n’est pas valide.',
  'error.REQUEST_TIMEOUT': 'La requête n’est pas arrivée à temps.',
  'error.UPGRADE_REQUIRED': 'Un proxy placé devant le relais ne laisse pas passer les WebSockets.',
  'error.METHOD_NOT_ALLOWED': 'Le chemin n’accepte pas ce type de requête.',
  'error.BODY_TOO_LARGE': 'La requête est trop volumineuse.',
  'error.TOO_MANY_STREAMS': 'Trop de requêtes à la fois. Attendez que l’une d’elles se termine.',
  'error.TOO_MANY_BYTES':
    'Les requêtes en cours utilisent déjà le maximum de mémoire. Attendez que l’une d’elles se termine.',
  'error.MEMORY_FULL':
    'Il n’y a plus de mémoire pour une autre requête volumineuse. Réessayez dans un instant.',
  'error.HEADERS_TOO_LARGE': 'Les en-têtes de la requête sont trop volumineux.',
  'error.CIRCUIT_OPEN': 'Le serveur de modèles a échoué plusieurs fois de suite. Réessayez dans un instant.',
  'error.DEVICE_UNKNOWN': 'Aucun appareil connecté ne porte ce nom.',
  'error.DEVICE_AMBIGUOUS': 'Plusieurs appareils correspondent.',
  'error.ACK_TIMEOUT': 'Cet ordinateur n’a pas confirmé la requête à temps.',
  'error.IDLE_TIMEOUT': 'La requête est restée inactive trop longtemps et a été interrompue.',
  'error.EXPECTATION_FAILED': 'Le relais ne prend pas en charge l’en-tête Expect de la requête.',
  'error.KEPT_NAME_REUSED': 'L’Idempotency-Key vient d’être utilisée pour une autre requête.',
  'error.KEPT_NOT_FOUND': 'Il n’y a pas de réponse conservée sous ce nom. Elle a peut-être expiré.',
  'error.KEPT_POSITION_UNKNOWN': 'La réponse n’a pas encore autant d’octets.',
  'error.KEPT_REPLACED':
    'La réponse qui porte ce nom est plus récente : la requête a été exécutée à nouveau.',
  'error.KEPT_STOPPED': 'La réponse a été arrêtée avant la fin.',
  'error.JOB_STORAGE_FULL':
    'Les tâches de cette clé ont épuisé leur espace de stockage. Supprimez d’abord celles qui sont terminées.',
  'error.JOB_RESULT_TOO_LARGE':
    'La réponse est trop volumineuse pour une tâche. Demandez-en moins à la fois.',
  'error.BODY_NOT_STRICT': 'Le JSON de la requête est ambigu ou non valide.',
  'error.MEDIA_NOT_SUPPORTED': 'La requête a un type de contenu ou un encodage qui ne peut pas être vérifié.',
  'error.KEEP_ALIVE_NOT_ALLOWED': 'La clé ne peut ni garder un modèle en mémoire ni l’en retirer.',
  'error.UPSTREAM_UNSUPPORTED': 'Le serveur de modèles ne prend en charge que l’API OpenAI.',
  'error.TOKEN_EXPIRED': 'Le jeton d’accès a expiré.',
  'error.SHARED_STATE_UNREACHABLE':
    'Le relais ne parvient pas à joindre les autres relais. Réessayez dans un instant.',
  'error.REPLACED': 'Une autre application avec l’identité de cet appareil a repris la connexion.',
  'error.PROTOCOL_ERROR': 'La connexion a été fermée parce que l’autre côté n’a pas respecté le protocole.',
  'error.FRAME_TOO_LARGE': 'La connexion a été fermée parce qu’un message était trop volumineux.',
  'error.SUPERSEDED': 'Une connexion plus récente a pris le relais.',
  'error.BRIDGE_STOPPED': 'L’application a mis fin à la connexion.',
  'error.PORT_IN_USE': 'Le port est déjà utilisé. Quittez le programme qui l’utilise.',
  'error.CERTIFICATE_UNAVAILABLE':
    'Le relais n’a pas encore de certificat pour son domaine. Il réessaie automatiquement.',
}
