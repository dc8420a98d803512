import type { Translation } from '../../../shared/i18n/catalogue.ts'
import { CHECKS_ES } from './checks/es.ts'
import type { ViewCatalogue } from './en.ts'
import { ERRORS_ES } from './errors/es.ts'
import { REQUESTS_ES } from './requests/es.ts'

export const ES: Translation<ViewCatalogue> = {
  'action.reconnect': 'Reconectar',
  'action.pause': 'Pausar',
  'action.resume': 'Reanudar',
  'action.signInAgain': 'Volver a iniciar sesión',
  'action.retrySecrets': 'Reintentar',
  'action.keepSecretsInFile': 'Guardar en un archivo',
  'action.detectUpstream': 'Volver a buscar',
  'action.getOllama': 'Obtener Ollama',
  'action.startUpstream': 'Iniciar Ollama',
  'action.cancelPull': 'Cancelar',
  'action.renewDefaultKey': 'Crear una clave predeterminada',
  'action.checkForUpdates': 'Buscar actualizaciones',
  'action.downloadUpdate': 'Descargar',
  'action.installUpdate': 'Reiniciar para actualizar',
  'action.openReleases': 'Ver versiones',
  'action.openLogs': 'Abrir carpeta de registros',
  'action.tryNow': 'Intentar ahora',
  'action.tryAgain': 'Reintentar',
  'action.signInInstead': 'Iniciar sesión de nuevo',
  'action.changeRelay': 'Cambiar de relay',
  'action.allowNetwork': 'Permitir en esta red',
  'action.setUpAgain': 'Configurar de nuevo',

  'start.failed': 'CloudToLocalLLM no puede iniciarse',

  'connection.starting': 'Iniciando',
  'connection.starting.detail': 'CloudToLocalLLM se está iniciando.',
  'connection.starting.relay': 'Iniciando el relay en este ordenador.',
  'connection.signedOut': 'Sin configurar',
  'connection.signedOut.detail':
    'Conecta este ordenador a un relay para acceder a tus modelos desde cualquier lugar.',
  'connection.off': 'En pausa',
  'connection.off.detail': 'Nadie puede acceder a tus modelos hasta que reanudes.',
  'connection.asleep': 'En reposo',
  'connection.asleep.detail': 'Este ordenador entra en reposo. Se reconectará al despertar.',
  'connection.noNetwork': 'Sin red',
  'connection.noNetwork.detail':
    'Este ordenador no está conectado a ninguna red. Se reconectará cuando la red vuelva.',
  'connection.draining': 'Terminando',
  'connection.draining.detail': {
    one: 'Se cerrará cuando termine {count} solicitud en curso. Las nuevas se rechazan.',
    other: 'Se cerrará cuando terminen {count} solicitudes en curso. Las nuevas se rechazan.',
  },
  'connection.keychain': 'Llavero no disponible',
  'connection.connecting': 'Conectando',
  'connection.reconnecting': 'Reconectando',
  'connection.connecting.detail': 'Conectando con {relay}.',
  'connection.online': 'En línea',
  'connection.online.detail': 'Se puede acceder a tus modelos a través de {relay}.',
  'connection.online.local': 'Solo este ordenador puede acceder a este relay.',
  'connection.online.network':
    'Los dispositivos de la misma red pueden acceder a tus modelos a través del relay integrado.',
  'connection.demo': 'En línea con el modelo de demostración',
  'connection.demo.detail':
    'Conectado a {relay}. Las respuestas son inventadas hasta que haya un servidor de modelos en marcha.',
  'connection.down': 'Sin servidor de modelos',
  'connection.down.detail':
    'Conectado a {relay}, pero las solicitudes fallan porque no responde ningún servidor de modelos.',
  'connection.needsKey': 'Falta la clave de API',
  'connection.needsKey.detail':
    'Conectado a {relay}, pero las solicitudes fallan porque el servidor de modelos exige una clave de API.',
  'connection.keyRefused': 'Clave de API rechazada',
  'connection.keyRefused.detail':
    'Conectado a {relay}, pero las solicitudes fallan porque el servidor de modelos no acepta la clave de API.',
  'connection.loading': 'Cargando un modelo',
  'connection.loading.detail':
    'Conectado a {relay}. Las solicitudes se responderán cuando el servidor haya cargado su modelo.',
  'connection.failing': 'Problema del servidor de modelos',
  'connection.failing.detail':
    'Conectado a {relay}, pero las solicitudes fallan porque el servidor de modelos devuelve errores.',
  'connection.noModels': 'Todavía no hay modelos',
  'connection.noModels.detail': 'Conectado a {relay}. Añade un modelo al servidor de modelos para usarlo.',
  'connection.theRelay': 'tu relay',
  'connection.builtIn': 'tu relay integrado',

  'waiting.DRAINING': 'El relay se está reiniciando.',
  'waiting.TOO_MANY_CONNECTIONS': 'El relay no tiene conexiones libres en este momento.',
  'waiting.TOO_MANY_REQUESTS': 'El relay está limitando las solicitudes de este dispositivo.',
  'waiting.TOKEN_EXPIRED': 'Se está renovando tu sesión.',
  'waiting.ISSUER_UNREACHABLE':
    'El proveedor de identidad no responde, así que no se puede verificar tu sesión.',
  'waiting.builtIn': 'El relay integrado no responde. La aplicación lo reinicia automáticamente.',

  'blocked.signIn': 'Hay que iniciar sesión',
  'blocked.signIn.again': '{reason} Inicia sesión o vincula el dispositivo de nuevo para continuar.',
  'blocked.signIn.any': 'El relay no acepta este dispositivo.',
  'blocked.CREDENTIAL_INVALID': 'El relay ya no acepta este dispositivo.',
  'blocked.CREDENTIAL_EXPIRED':
    'Este dispositivo ha estado tanto tiempo sin conexión que su acceso ha caducado.',
  'blocked.PROOF_INVALID': 'Este dispositivo no ha podido demostrar que su credencial le pertenece.',
  'blocked.AUDIENCE_UNCONFIRMED': 'Tu sesión no está destinada a este relay.',
  'blocked.DEVICE_REVOKED':
    'Este dispositivo se ha revocado, desde otro de tus dispositivos o por quien administra el relay.',
  'blocked.NOT_PAIRED': 'Este dispositivo todavía no está vinculado a ningún relay.',
  'blocked.SIGN_IN_EXPIRED': 'Tu sesión ha terminado.',
  'blocked.stopped': 'Detenido',
  'blocked.stopped.detail': 'El relay ha rechazado este dispositivo: {reason}',
  'blocked.builtIn': 'El relay integrado ya no acepta este ordenador. Configúralo de nuevo para continuar.',
  'blocked.replaced': 'Sustituido',
  'blocked.replaced.detail':
    'Otra aplicación se ejecuta como este dispositivo y ha tomado la conexión. Ciérrala y vuelve a conectar. Si es una copia de esta instalación, inicia sesión de nuevo en una de las dos.',
  'blocked.tooOld': 'Hay que actualizar',
  'blocked.tooOld.detail':
    'Esta aplicación y el relay no tienen ninguna versión en común. Actualiza la aplicación. Si está al día, pide a quien administra el relay que lo actualice.',
  'blocked.limit': 'Límite de dispositivos alcanzado',
  'blocked.limit.detail':
    'Este relay no acepta más dispositivos tuyos. Desconecta primero otro dispositivo y vuelve a conectar.',

  'error.RELAY_UNREACHABLE':
    'No se puede acceder al relay. Comprueba la dirección, la red y los ajustes del proxy.',
  'error.RELAY_REFUSED':
    'En la dirección del relay responde algo que no es un relay. Comprueba la dirección.',
  'error.PAIRING_CODE_INVALID':
    'El código de vinculación es incorrecto, ya se usó o ha caducado. El relay muestra uno nuevo.',
  'error.PAIRING_LOCKED':
    'Demasiados códigos incorrectos. Espera un minuto y usa el código que muestre el relay.',
  'error.SIGN_IN_FAILED': 'No se ha podido iniciar sesión. Inténtalo de nuevo.',
  'error.OFFLINE': 'Este ordenador está sin conexión.',
  'error.CARRIER_DEAD': 'La conexión dejó de responder y se ha cerrado.',
  'error.HELLO_TIMEOUT': 'El relay no ha respondido a tiempo.',
  'error.SECRETS_UNAVAILABLE':
    'El llavero del sistema no se puede usar ahora. Desbloquéalo e inténtalo de nuevo. Su contenido no ha cambiado.',
  'error.KEY_NOT_FOUND': 'Esa clave no existe. Puede que ya se haya revocado.',
  'error.SCOPE_MISSING': 'La clave no tiene el permiso que necesita la solicitud.',
  'error.MODEL_NOT_ALLOWED': 'La clave no puede usar este modelo.',
  'error.UPSTREAM_UNREACHABLE': 'El servidor de modelos no responde. Comprueba que esté en marcha.',
  'error.UPSTREAM_FAILED': 'El servidor de modelos ha interrumpido su respuesta.',
  'error.TOO_MANY_REQUESTS': 'Demasiadas solicitudes. Espera un momento.',
  'error.TUNNEL_LOST': 'La conexión se perdió antes de que terminara la respuesta.',
  'error.INTERNAL': 'Algo ha fallado. Los detalles están en el registro.',

  'problem.relayLocal': 'Solo este ordenador puede acceder a este relay',
  'problem.relayLocal.text':
    'Su dirección solo lleva a este ordenador. Para acceder a tus modelos desde un teléfono u otro lugar, usa un relay en Internet.',
  'problem.relayLocal.builtIn':
    'Para usar tus modelos desde un teléfono en casa, cambia el relay a «Red doméstica». Para usarlos desde otros lugares, usa un relay en Internet.',
  'problem.builtInRelayFailed': 'El relay integrado no está en marcha',
  'problem.builtInRelayFailed.portInUse':
    'Otro programa está usando el puerto {port}. Ciérralo y el relay se iniciará automáticamente.',
  'problem.builtInRelayFailed.stopped':
    'Se ha detenido de forma inesperada. La aplicación lo reinicia automáticamente. Si vuelve a detenerse, el registro indica el motivo.',
  'problem.networkNotAllowed': 'No accesible en esta red',
  'problem.networkNotAllowed.text':
    'Por tu seguridad, los teléfonos y ordenadores de esta red no pueden usar el relay. Permítelo solo en una red de confianza.',
  'problem.networkMissing.text':
    'Este ordenador no está conectado a ninguna red. Cuando vuelva a tu red doméstica, tu teléfono podrá usar el relay de nuevo.',
  'problem.keychainEmptied': 'Tu llavero ha cambiado',
  'problem.keychainEmptied.text':
    'Ya no contiene los secretos de esta aplicación: se ha vaciado o sustituido. Inicia sesión de nuevo, o restaura el llavero anterior y reinicia la aplicación.',
  'problem.secretsInMemory': 'Tu sesión no está guardada',
  'problem.secretsInMemory.text':
    'El sistema no ofrece ningún llavero, así que tu sesión se pierde al cerrar la aplicación. Se puede guardar en un archivo que solo puede leer tu cuenta de usuario.',
  'problem.relayNotEncrypted': 'La conexión no está cifrada',
  'problem.relayNotEncrypted.text':
    'Cualquiera en la red entre este ordenador y {relay} puede leer el tráfico.',
  'problem.relayNotEncrypted.builtIn':
    'Cualquiera en tu red doméstica puede leer el tráfico entre tus dispositivos y este ordenador. Usa este relay solo en una red de confianza.',
  'problem.trayUnavailable': 'Sin icono en la bandeja',
  'problem.trayUnavailable.text':
    'Este escritorio no muestra iconos en la bandeja, así que cerrar la ventana cierra la aplicación. Minimízala en su lugar. En GNOME, la extensión «AppIndicator and KStatusNotifierItem Support» los añade.',
  'problem.updateReady': 'Actualización lista',
  'problem.updateAvailable': 'Actualización disponible',
  'problem.secretsInFile': 'Tu sesión está guardada en un archivo',
  'problem.secretsInFile.text':
    'Está en un archivo que solo puede leer tu cuenta de usuario, no en el llavero del sistema.',
  'problem.notice': 'Aviso',

  'relay.paired': 'Vinculado',
  'relay.signedIn': 'Sesión iniciada con {issuer}',

  'upstream.looking': 'Buscando un servidor de modelos',
  'upstream.looking.detail': 'Comprobando si hay Ollama, LM Studio, llama.cpp o vLLM en este ordenador.',
  'upstream.demo': 'Modelo de demostración',
  'upstream.demo.detail':
    'Devuelve texto inventado hasta que haya un servidor de modelos real en marcha. Instala Ollama para usar tus propios modelos.',
  'upstream.here': 'En este ordenador.',
  'upstream.elsewhere': 'En otro ordenador.',
  'upstream.noModels.ollama': 'Todavía no hay modelos. Descarga uno aquí abajo.',
  'upstream.noModels.other': 'Todavía no hay modelos. Carga uno en el servidor de modelos.',
  'upstream.needsKey': 'El servidor de modelos exige una clave de API',
  'upstream.needsKey.detail': '{server} exige una clave de API. Introdúcela en los ajustes.',
  'upstream.keyRefused': 'Clave de API rechazada',
  'upstream.keyRefused.detail': '{server} no acepta la clave de API. Introduce la correcta en los ajustes.',
  'upstream.loading': 'Cargando un modelo',
  'upstream.loading.detail':
    '{server} está cargando un modelo. Las solicitudes se responderán cuando termine.',
  'upstream.failing': 'El servidor de modelos tiene un problema',
  'upstream.failing.detail':
    '{server} devuelve errores. Su registro contiene los detalles. Reiniciarlo puede ayudar.',
  'upstream.none': 'No se ha encontrado ningún servidor de modelos',
  'upstream.none.detail':
    'Inicia Ollama, LM Studio, llama.cpp o vLLM en este ordenador. La aplicación lo detecta automáticamente.',
  'upstream.silent': 'El servidor de modelos no responde',
  'upstream.silent.detail':
    'No responde nada en {url}. La aplicación detectará el servidor en cuanto se inicie.',

  'pull.running': 'Descargando {model}',
  'pull.progress': 'Descargando {model}: {done} de {total}',
  'pull.done': '{model} está listo.',
  'pull.unknown': 'La biblioteca de Ollama no tiene ningún modelo «{model}». Comprueba el nombre.',

  'chat.failed':
    'El modelo no ha respondido. Inténtalo de nuevo o ejecuta las comprobaciones de la página Diagnóstico.',

  'request.chat': 'Chat',
  'request.completion': 'Completado de texto',
  'request.embeddings': 'Embeddings',
  'request.models': 'Lista de modelos',
  'request.modelDetails': 'Detalles de un modelo',
  'request.loaded': 'Modelos cargados',
  'request.pull': 'Descarga de un modelo',
  'request.create': 'Modelo nuevo',
  'request.delete': 'Eliminación de un modelo',
  'request.copy': 'Copia de un modelo',
  'request.kept': 'Respuesta conservada',
  'request.tokens': 'Recuento de tokens',
  'request.version': 'Versión',
  'request.keptFor': {
    one: 'Conservada, queda {count} min',
    other: 'Conservada, quedan {count} min',
  },
  'request.status': 'El servidor de modelos ha respondido con el estado {status}.',

  'update.unsupported':
    'Esta copia de la aplicación no se puede actualizar automáticamente, porque no se instaló como paquete.',
  'update.notChecked': 'Aún no se han buscado actualizaciones.',
  'update.upToDate': 'La versión {version} está al día.',
  'update.checking': 'Buscando actualizaciones.',
  'update.available': 'La versión {version} está disponible.',
  'update.packageManager':
    'La versión {version} está disponible. Instálala con el gestor de paquetes de tu sistema.',
  'update.packageManager.command':
    'La versión {version} está disponible. Instálala con tu gestor de paquetes: descarga el paquete y ejecuta: {command}',
  'update.downloading': 'Descargando la versión {version}.',
  'update.installing': 'Instalando la versión {version}.',
  'update.failed': '{reason} La versión {version} sigue en marcha.',
  'update.waitsForRequests': 'La versión {version} se instalará cuando terminen las solicitudes en curso.',
  'update.waitsForQuiet':
    'La versión {version} se instalará tras un rato sin solicitudes. También puedes instalarla ahora.',
  'update.waitsForQuit':
    'La versión {version} se instalará al cerrar la aplicación. También puedes instalarla ahora.',
  'update.ready': 'La versión {version} está lista para instalarse.',

  'tray.upstream': { one: '{name}, {count} modelo', other: '{name}, {count} modelos' },
  'tray.hideWindow': 'Ocultar ventana',
  'tray.showWindow': 'Mostrar ventana',
  'tray.reconnect': 'Reconectar ahora',
  'tray.copyUrl': 'Copiar dirección',
  'tray.copyKey': 'Copiar clave',
  'tray.recent': 'Solicitudes recientes',
  'tray.noRecent': 'Ninguna todavía',
  'tray.settings': 'Ajustes…',
  'tray.about': 'Acerca de CloudToLocalLLM',
  'tray.quit': 'Salir',
  'tray.quitNow': 'Salir ahora',
  'tray.pull': 'Descargando {model}: {percent}',
  'tray.jobs': { one: '{count} tarea', other: '{count} tareas' },
  'tray.running': 'en curso',
  'tray.done': 'terminada',
  'tray.failed': 'fallida',
  'tray.cancelled': 'cancelada',
  'tray.tokensPerSecond': '{speed} tok/s',
  'tray.update.available': 'Versión {version} disponible…',
  'tray.update.downloading': 'Descargando {version}',
  'tray.update.waiting': 'Se actualizará a {version} al terminar las solicitudes',
  'tray.update.ready': 'Reiniciar para actualizar a {version}',
  'tray.update.installing': 'Actualizando a {version}',
  'tray.update.checking': 'Buscando actualizaciones',
  'tray.update.check': 'Buscar actualizaciones',

  'notification.stillRunning': 'CloudToLocalLLM sigue en marcha',
  'notification.stillRunning.tray': 'Está en la bandeja; puedes cerrarla desde allí.',
  'notification.stillRunning.hidden': 'Ábrela de nuevo para ver la ventana.',
  'notification.newClient': 'Nuevo cliente',
  'notification.newClient.text': 'La clave «{key}» se ha usado por primera vez.',
  'notification.relayDown': 'No se puede acceder al relay',
  'notification.relayDown.text':
    'No se ha podido acceder a tus modelos durante cinco minutos. La aplicación sigue intentándolo.',

  'quit.question': { one: '{count} solicitud sigue en curso', other: '{count} solicitudes siguen en curso' },
  'quit.detail':
    'Si sales ahora, se interrumpirán las solicitudes en curso. CloudToLocalLLM también puede dejar de aceptar solicitudes nuevas y cerrarse cuando terminen las que están en curso.',
  'quit.whenFinished': 'Salir al terminar',
  'quit.now': 'Salir ahora',
  'quit.cancel': 'Cancelar',

  'menu.app': 'CloudToLocalLLM',
  'menu.edit': 'Edición',
  'menu.view': 'Ver',
  'menu.window': 'Ventana',
  'menu.settings': 'Ajustes…',
  'menu.about': 'Acerca de CloudToLocalLLM',
  'menu.quit': 'Salir',
  'menu.close': 'Cerrar ventana',
  'menu.zoomIn': 'Acercar',
  'menu.zoomOut': 'Alejar',
  'menu.zoomReset': 'Tamaño real',
  'menu.undo': 'Deshacer',
  'menu.redo': 'Rehacer',
  'menu.cut': 'Cortar',
  'menu.copy': 'Copiar',
  'menu.paste': 'Pegar',
  'menu.selectAll': 'Seleccionar todo',
  'menu.minimize': 'Minimizar',
  'page.status': 'Estado',
  'page.connect': 'Conectar',
  'page.keys': 'Claves',
  'page.requests': 'Solicitudes',
  'page.jobs': 'Tareas',
  'page.devices': 'Dispositivos',
  'page.settings': 'Ajustes',
  'page.diagnostics': 'Diagnóstico',

  'snippet.terminal': 'En un terminal de Linux o macOS.',
  'snippet.powerShell': 'En PowerShell de Windows, con la CLI de Ollama.',
  'snippet.curl': 'En un terminal de Linux o macOS, o en Git Bash.',
  'snippet.sdk': 'En JavaScript o TypeScript. En Python, las opciones son base_url y api_key.',
  'snippet.openWebUi': 'En Admin Settings → Connections → OpenAI → Manage → Add New Connection.',
  'snippet.continue': 'En ~/.continue/config.yaml. Si ya contiene modelos, añade esta entrada a la lista.',
  'snippet.cursor':
    'En Cursor Settings → Models. Cursor envía las solicitudes desde sus propios servidores, así que la dirección debe ser accesible desde Internet.',
  'snippet.cline': 'En los ajustes de Cline, con «OpenAI Compatible» como proveedor de API.',
  'snippet.zed':
    'En el archivo settings.json de Zed. Introduce la clave en los ajustes del panel del agente, o en la variable de entorno CLOUDTOLOCALLLM_API_KEY.',
  'snippet.homeAssistant':
    'En Ajustes → Dispositivos y servicios → Añadir integración → Ollama. No hay un campo para la clave, así que la dirección la contiene.',
  'snippet.n8n': 'En Credentials → Add credential → OpenAI.',
  'snippet.claudeCode': 'En un terminal de Linux o macOS.',
  'snippet.codex':
    'En ~/.codex/config.toml. Codex lee la clave de la variable de entorno CLOUDTOLOCALLLM_API_KEY.',

  ...CHECKS_ES,
  ...ERRORS_ES,
  ...REQUESTS_ES,
}
