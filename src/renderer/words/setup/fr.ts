import type { Translation } from '../../../shared/i18n/catalogue.ts'
import type { SETUP_EN } from './en.ts'

export const SETUP_FR: Translation<typeof SETUP_EN> = {
  'setup.steps': 'Étapes',
  'setup.step.relay': 'Relais',
  'setup.step.device': 'Cet ordinateur',
  'setup.step.test': 'Essai',
  'setup.route': 'Trajet d’une requête',
  'setup.route.clients': 'Vos clients',
  'setup.title': 'Utilisez vos modèles de n’importe où',
  'setup.text':
    'Un relais transmet les requêtes de votre téléphone et de vos autres appareils aux modèles de cet ordinateur. Quel relais voulez-vous utiliser ?',
  'setup.again': 'Se reconnecter',
  'setup.change': 'Changer de relais',
  'setup.change.text': 'La connexion actuelle est conservée jusqu’à ce que la nouvelle fonctionne.',
  'setup.choice': 'Relais',
  'setup.have': 'J’ai un relais',
  'setup.create': 'En créer un',
  'setup.here': 'Essayer ici',
  'setup.address': 'Adresse du relais',
  'setup.addressHint': 'Demandez-la à la personne qui gère le relais, ou créez-en un.',
  'setup.addressMissing': 'Saisissez l’adresse d’un relais.',
  'setup.addressIsKey': 'C’est une clé ou un code d’association. Saisissez d’abord l’adresse du relais.',
  'setup.create.text':
    'Il vous faut un serveur avec un nom de domaine et les ports 80 et 443 libres. Installez-y CloudToLocalLLM et lancez cette seule commande : elle obtient son propre certificat et affiche un lien qui connecte cet ordinateur.',
  'setup.create.command': 'Sur le serveur',
  'setup.create.docs': 'Ouvrir les instructions sur GitHub',
  'setup.here.text':
    'Cette application peut faire tourner un relais elle-même. Il ne faut ni serveur ni compte, et il démarrera ensuite avec l’application.',
  'setup.here.who': 'Qui peut le joindre',
  'setup.here.network':
    'Les téléphones et ordinateurs du même réseau. La connexion n’est pas chiffrée : à ne choisir que sur un réseau de confiance.',
  'setup.here.computer': 'Les programmes et navigateurs de cet ordinateur. Rien d’autre ne peut le joindre.',
  'setup.here.networkNote':
    'Hors de chez vous, votre téléphone ne peut pas le joindre : il faut pour cela un relais avec un nom de domaine. Votre système peut demander s’il faut autoriser les connexions entrantes.',
  'setup.here.start': 'Démarrer',
  'setup.here.portInUse': 'Un autre programme utilise le port du relais. Fermez-le, puis réessayez.',
  'setup.here.noNetwork':
    'Cet ordinateur n’est connecté à aucun réseau. Connectez-le, ou choisissez « Cet ordinateur uniquement ».',
  'setup.here.stopped':
    'Le relais s’est arrêté de façon inattendue. Réessayez. S’il s’arrête encore, le journal en donne la raison.',
  'setup.copyCommand': 'Copier la commande',
  'join.pair': 'Associer cet ordinateur',
  'join.signIn': 'Se connecter',
  'join.found.pair':
    'Relais trouvé à l’adresse {url}. Saisissez un code d’association pour connecter cet ordinateur.',
  'join.found.signIn': 'Relais trouvé à l’adresse {url}. Identifiez-vous pour connecter cet ordinateur.',
  'join.local': 'Seul cet ordinateur peut joindre ce relais.',
  'join.linked':
    'Rempli à partir d’un lien. Ne continuez que si vous faites confiance à la personne qui l’a envoyé.',
  'join.or': 'ou',
  'join.closed': 'Ce relais n’accepte pas de nouveaux appareils. Adressez-vous à la personne qui le gère.',
  'join.other': 'Utiliser un autre relais',
  'join.code': 'Code d’association',
  'join.code.label': 'Code à usage unique',
  'join.code.hint':
    'Le relais affiche un code à son démarrage. Demandez-le à la personne qui gère le relais. Il ne sert qu’une fois.',
  'join.code.missing': 'Saisissez le code.',
  'join.code.pair': 'Associer',
  'join.account': 'Votre compte',
  'join.account.text':
    'Ouvre {issuer} dans votre navigateur. Cette application ne voit jamais votre mot de passe.',
  'join.account.audience':
    '{name} demande l’accès à « {audience} », qui n’est pas sa propre adresse. Ne vous connectez que si vous lui confiez cet accès.',
  'join.account.signIn': 'Se connecter avec {issuer}',
  'browser.title': 'Continuez dans votre navigateur',
  'browser.text':
    'Connectez-vous sur la page de {issuer} qui s’y est ouverte ; la suite se fera automatiquement.',
  'browser.waiting': 'En attente de votre connexion',
  'works.skip': 'Continuer sans attendre',
  'works.title': 'Ça marche',
  'works.text': 'Votre modèle a répondu en passant par le relais.',
  'works.online': 'Vous êtes en ligne',
  'works.online.text': 'Dernière étape : un court message, aller-retour par le relais.',
  'works.noServer': 'Presque terminé',
  'works.noServer.text':
    'Cet ordinateur est connecté au relais. Il faut un serveur de modèles pour répondre.',
  'works.clients': 'Pour vos clients',
  'works.start': 'Toujours disponible',
}
