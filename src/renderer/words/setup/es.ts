import type { Translation } from '../../../shared/i18n/catalogue.ts'
import type { SETUP_EN } from './en.ts'

export const SETUP_ES: Translation<typeof SETUP_EN> = {
  'setup.steps': 'Pasos',
  'setup.step.relay': 'Relay',
  'setup.step.device': 'Este ordenador',
  'setup.step.test': 'Prueba',
  'setup.route': 'Camino de una solicitud',
  'setup.route.clients': 'Tus clientes',
  'setup.title': 'Usa tus modelos desde cualquier lugar',
  'setup.text':
    'Un relay en Internet reenvía las solicitudes a los modelos de este ordenador. Aquí no se abre ningún puerto. ¿Qué relay quieres usar?',
  'setup.again': 'Volver a iniciar sesión',
  'setup.again.text': 'Tu sesión actual se mantiene hasta que la nueva funcione.',
  'setup.choice': 'Relay',
  'setup.have': 'Tengo un relay',
  'setup.create': 'Crear uno',
  'setup.here': 'Probar aquí',
  'setup.address': 'Dirección del relay',
  'setup.addressHint': 'Pídela a quien administra el relay, o crea uno.',
  'setup.addressMissing': 'Introduce la dirección de un relay.',
  'setup.addressIsKey':
    'Esto es una clave o un código de vinculación. Introduce primero la dirección del relay.',
  'setup.create.text':
    'Necesitas un servidor con un nombre de dominio y los puertos 80 y 443 libres. Instala allí CloudToLocalLLM y ejecuta este único comando: obtiene su propio certificado e imprime un enlace que conecta este ordenador.',
  'setup.create.command': 'En el servidor',
  'setup.create.docs': 'Abrir las instrucciones en GitHub',
  'setup.here.text':
    'Un relay en este ordenador sirve para una primera prueba: solo este ordenador puede acceder a él, no tu teléfono. Inícialo en un terminal y después búscalo.',
  'setup.here.command': 'En un terminal',
  'setup.here.look': 'Buscarlo',
  'setup.here.none':
    'Todavía no hay ningún relay en marcha en este ordenador. Inicia uno con el comando de arriba y vuelve a buscar.',
  'setup.copyCommand': 'Copiar comando',
  'join.pair': 'Vincular este ordenador',
  'join.signIn': 'Iniciar sesión',
  'join.found.pair':
    'Relay encontrado en {url}. Introduce un código de vinculación para conectar este ordenador.',
  'join.found.signIn': 'Relay encontrado en {url}. Inicia sesión para conectar este ordenador.',
  'join.local': 'Solo este ordenador puede acceder a este relay.',
  'join.linked': 'Rellenado desde un enlace. Continúa solo si confías en la persona que lo envió.',
  'join.or': 'o',
  'join.closed': 'Este relay no acepta dispositivos nuevos. Pregunta a quien lo administra.',
  'join.other': 'Usar otro relay',
  'join.code': 'Código de vinculación',
  'join.code.label': 'Código de un solo uso',
  'join.code.hint':
    'El relay imprime un código al iniciarse. Pídelo a quien administra el relay. Solo sirve una vez.',
  'join.code.missing': 'Introduce el código.',
  'join.code.pair': 'Vincular',
  'join.account': 'Tu cuenta',
  'join.account.text': 'Abre {issuer} en tu navegador. Esta aplicación nunca ve tu contraseña.',
  'join.account.audience':
    '{name} solicita acceso a «{audience}», que no es su propia dirección. Inicia sesión solo si le confías ese acceso.',
  'join.account.signIn': 'Iniciar sesión con {issuer}',
  'browser.title': 'Continúa en tu navegador',
  'browser.text':
    'Inicia sesión en la página de {issuer} que se ha abierto allí y continuaremos automáticamente.',
  'browser.waiting': 'Esperando a que inicies sesión',
  'works.skip': 'Continuar sin esperar',
  'works.title': 'Funciona',
  'works.text': 'Tu modelo ha respondido a través del relay.',
  'works.online': 'Estás en línea',
  'works.online.text': 'El último paso es un chat breve de ida y vuelta por el relay.',
  'works.noServer': 'Ya casi está',
  'works.noServer.text':
    'Este ordenador está conectado al relay. Para responder hace falta un servidor de modelos.',
  'works.clients': 'Para tus clientes',
  'works.start': 'Siempre disponible',
}
