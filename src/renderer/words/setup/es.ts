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
    'Un relay reenvía las solicitudes de tu teléfono y otros dispositivos a los modelos de este ordenador. ¿Qué relay quieres usar?',
  'setup.again': 'Volver a iniciar sesión',
  'setup.change': 'Cambiar de relay',
  'setup.change.text': 'La conexión actual se mantiene hasta que la nueva funcione.',
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
    'Esta aplicación puede ejecutar un relay por sí misma. No hace falta servidor ni cuenta, y a partir de entonces se inicia con la aplicación.',
  'setup.here.who': 'Quién puede acceder',
  'setup.here.network':
    'Teléfonos y ordenadores de la misma red. La conexión no está cifrada, así que elige esta opción solo en una red de confianza.',
  'setup.here.computer': 'Programas y navegadores de este ordenador. Nada más puede acceder.',
  'setup.here.networkNote':
    'Fuera de casa, tu teléfono no puede acceder: para eso, usa un relay con nombre de dominio. Es posible que el sistema pregunte si quieres permitir conexiones entrantes.',
  'setup.here.start': 'Iniciar',
  'setup.here.portInUse': 'Otro programa está usando el puerto del relay. Ciérralo e inténtalo de nuevo.',
  'setup.here.noNetwork':
    'Este ordenador no está conectado a ninguna red. Conéctalo o elige «Solo este ordenador».',
  'setup.here.stopped':
    'El relay se ha detenido de forma inesperada. Inténtalo de nuevo. Si vuelve a detenerse, el registro indica el motivo.',
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
