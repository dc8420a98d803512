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
    'Un relais sur Internet transmet les requêtes aux modèles de cet ordinateur. Aucun port n’est ouvert ici. Quel relais voulez-vous utiliser ?',
  'setup.again': 'Se reconnecter',
  'setup.again.text': 'Votre connexion actuelle est conservée jusqu’à ce que la nouvelle fonctionne.',
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
    'Un relais sur cet ordinateur sert à un premier essai : seul cet ordinateur peut le joindre, pas votre téléphone. Lancez-le dans un terminal, puis recherchez-le.',
  'setup.here.command': 'Dans un terminal',
  'setup.here.look': 'Le rechercher',
  'setup.here.none':
    'Aucun relais n’est encore en marche sur cet ordinateur. Lancez-en un avec la commande ci-dessus, puis cherchez à nouveau.',
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
