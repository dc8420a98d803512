import type { Translation } from '../../../../shared/i18n/catalogue.ts'
import type { ERRORS_EN } from './en.ts'

export const ERRORS_ES: Translation<typeof ERRORS_EN> = {
  'case.relayUrl.form': 'La dirección del relay debe ser como https://relay.example.com.',
  'case.relayUrl.user': 'La dirección del relay no debe contener un nombre de usuario ni una contraseña.',
  'case.relayUrl.query': 'La dirección del relay no debe contener «?» ni «#».',
  'case.relayUrl.plain':
    'Una dirección con http:// enviaría la credencial de este dispositivo sin cifrar. Usa https://.',
  'case.relayUrl.unencrypted':
    'La conexión con {host} no está cifrada: cualquiera en la red puede leer el tráfico.',
  'case.relayUrl.moved': '{origin} redirige a otra URL. Usa {target}',
  'case.proxyUrl': 'La dirección del proxy no es una URL como http://proxy:3128.',

  'case.pairingCode':
    'Esto no es un código de vinculación. Usa el código que muestra el relay, por ejemplo ABCD-2345.',
  'case.identityDamaged':
    'La identidad guardada de este dispositivo está dañada. Inicia sesión o vincula el dispositivo de nuevo.',
  'case.signIn.pairOnly':
    'Este relay no tiene proveedor de identidad: vincula el dispositivo con el código que muestra.',
  'case.signIn.late': 'El inicio de sesión no se completó a tiempo. Inténtalo de nuevo.',
  'case.signIn.cancelled': 'Se ha cancelado el inicio de sesión.',
  'case.signIn.declined': 'Se ha denegado el inicio de sesión.',
  'case.signIn.refused': 'El proveedor de identidad ha rechazado el inicio de sesión: {reason}',
  'case.signIn.unsafe': '{host} no es un lugar seguro para iniciar sesión: no usa https.',
  'case.signIn.unusable': 'La respuesta del proveedor de identidad no se puede usar.',
  'case.signIn.browser': 'No se ha podido abrir el navegador.',
  'case.signIn.audience':
    'El relay en {url} pide tokens de acceso para {audience}, que no es su propia URL. Si confías en él para eso, inicia sesión de nuevo y confirma el destinatario.',

  'upstream.at': '{name} en {url}',
  'case.upstream.server': 'El servidor de modelos',
  'case.upstream.needsKey': '{server} exige una clave de API.',
  'case.upstream.keyRefused': '{server} no acepta la clave de API configurada.',
  'case.upstream.loading': '{server} todavía está cargando un modelo.',
  'case.upstream.failing': '{server} responde con un error (estado {status}).',
  'case.upstream.none':
    'No se ha encontrado ningún servidor de modelos en este ordenador (Ollama, LM Studio, llama.cpp, vLLM). ¿Hay alguno en marcha?',
  'case.upstream.stranger': 'El servidor en {url} no es un servidor de modelos. Comprueba la dirección.',
  'case.upstream.silent': 'Ningún servidor de modelos responde en {url}. ¿Está en marcha?',
  'case.upstream.gone': '{server} no responde. ¿Está en marcha?',
  'case.upstream.url': 'La dirección del servidor de modelos debe ser host:puerto o una URL http(s).',
  'case.upstream.keyFirst': 'Indica la dirección del servidor de modelos antes que su clave de API.',
  'case.upstream.key':
    'La clave de API de un servidor de modelos es una sola palabra de 1024 caracteres ASCII como máximo.',
  'case.upstream.keyFile': 'No se puede leer el archivo de clave {path}.',
  'case.upstream.keyWithoutServer':
    'Hay una clave de API para un servidor de modelos que no se ha indicado. Introduce la clave en los ajustes.',

  'case.ollama.removed': 'Ollama ya no está instalado.',
  'case.ollama.notStarted': 'No se ha podido iniciar Ollama.',
  'case.ollama.notRunning': 'Solo se pueden descargar modelos si Ollama está en marcha.',
  'case.modelName': 'Ese no es el nombre de un modelo. Un ejemplo es llama3.2.',

  'case.defaultKeyRevoked': 'La clave predeterminada se ha revocado. Crea una nueva en la página Conectar.',
  'case.addressUnknown': 'La dirección no se conoce hasta que la aplicación haya estado en línea.',
  'case.notReady': 'La aplicación todavía no está lista. Inténtalo de nuevo en un momento.',
  'case.windowRequest': 'La ventana envió una solicitud no válida. Ciérrala y vuelve a abrirla.',

  'case.settings.managed': '{names}: tu organización lo administra y no se puede cambiar',
  'case.settings.foreignFile': '{path} no es un archivo de ajustes de esta aplicación.',
  'case.settings.policy': 'No se pueden leer los ajustes del administrador en {path}.',
  'case.settings.invalid': '{source}: {mistakes}',
  'case.settings.source.environment': 'Ajustes de este ordenador',
  'case.settings.source.change': 'Ajustes',
  'case.setting.invalid': '«{name}» debe ser {allowed}.',
  'case.setting.unknown': 'No existe el ajuste «{name}».',
  'case.setting.notObject': 'Los ajustes deben ser un objeto JSON.',
  'allowed.number': 'un número entero de {min} a {max}',
  'allowed.switch': 'true o false',
  'allowed.choice': 'uno de estos valores: {values}',
  'allowed.list': 'una lista de estos valores: {values}',
  'allowed.url': 'una URL como https://relay.example.com, sin nombre de usuario, «?» ni «#»',
  'allowed.text': 'un texto de 1 a {max} caracteres',
  'allowed.other': 'un valor como los que exporta la aplicación',
  'allowed.orNull': '{allowed}, o null',

  'case.key.invalid': '{mistakes}',
  'case.key.noName': 'Ponle un nombre a la clave.',
  'case.key.longName': 'El nombre debe tener como máximo {max} caracteres.',
  'case.key.name': 'El nombre no debe contener caracteres de control.',
  'case.key.scopes': 'Selecciona al menos un permiso.',
  'case.key.models': 'Selecciona al menos un modelo, o todos.',
  'case.key.longModel': 'El nombre de un modelo debe tener de 1 a {max} caracteres.',
  'case.key.expires': 'La clave debe caducar en un momento concreto, o nunca.',
  'case.key.limit': 'Un límite debe ser un número entero de 1 a {max}.',

  'case.device.current': 'Es este dispositivo. Cierra su sesión en los ajustes.',
  'case.device.ambiguous': 'Varios dispositivos tienen este nombre.',
  'case.device.unknown': 'El relay no conoce este dispositivo. Puede que ya se haya revocado.',

  'case.alreadyRunning':
    'Otro bridge ({who}) ya está usando {dir}. Detenlo y vuelve a iniciar la aplicación.',
  'case.alreadyRunning.process': 'proceso {pid}',
  'case.alreadyRunning.silent': 'un proceso que no responde',
  'case.certificates': 'No se pueden usar los certificados de {path}.',
  'case.certificates.none': 'no contiene ningún certificado',

  'case.dataDir': '{problem}',
  'case.dataDir.foreign':
    '{path} pertenece a otro usuario, que podría obtener acceso. Usa la aplicación como ese usuario o hazte propietario del archivo o la carpeta.',
  'case.dataDir.writable':
    'Otros usuarios pueden escribir en {path} y podrían obtener acceso. Cambia los permisos para que solo tú puedas escribir.',
  'case.dataDir.notAFile': '{path} no es un archivo.',
  'case.dataDir.link':
    '{path} es un enlace simbólico, que aquí no se sigue. Pon el propio archivo en su lugar.',
  'case.dataDir.socket':
    'Otros usuarios tienen acceso a la carpeta {dir}. Cambia los permisos para que solo tú tengas acceso.',

  'case.file.unusable': 'No se puede usar {path}: {reason}',
  'case.file.newer': '{path} es de una versión más reciente. Vuelve a instalar esa versión.',
  'case.file.notJson': 'no es JSON',
  'case.file.content': 'su contenido no es el de esta aplicación',
  'case.file.damaged': 'está dañado',
  'case.file.other': 'el sistema informa de un error.',
  'case.file.diskFull': 'el disco está lleno. Libera espacio e inténtalo de nuevo.',
  'case.file.denied': 'permiso denegado. Comprueba su propietario y sus permisos.',
  'case.file.readOnly':
    'está en un sistema de archivos de solo lectura. Elige otra ruta o permite escribir en él.',
  'case.file.missing': 'parte de la ruta no existe y no se puede crear. Elige otra ruta.',
  'case.file.notADirectory': 'parte de la ruta es un archivo. Elige otra ruta.',

  'case.keychain': '{trouble}. {cure} e inténtalo de nuevo. Su contenido no ha cambiado.',
  'case.keychain.missing': 'No hay ningún llavero del sistema disponible',
  'case.keychain.locked': 'El llavero del sistema está bloqueado',
  'case.keychain.refused': 'El llavero del sistema no funciona',
  'case.keychain.tooLarge': 'El llavero del sistema no acepta un valor de este tamaño',
  'case.keychain.silent': 'El llavero del sistema no responde',
  'case.keychain.emptied':
    'El llavero del sistema ya no contiene los secretos de este dispositivo: se ha vaciado o sustituido',
  'case.keychain.cure.missing': 'Inicia o instala uno (en Linux, GNOME Keyring, KWallet o KeePassXC)',
  'case.keychain.cure.locked': 'Desbloquéalo',
  'case.keychain.cure.refused': 'Revísalo en la aplicación de llavero del sistema',
  'case.keychain.cure.tooLarge': 'Haz que el proveedor de identidad emita tokens más cortos',
  'case.keychain.cure.silent': 'Busca la ventana que pide su contraseña, desbloquéalo',
  'case.keychain.cure.emptied': 'Restaura el llavero anterior',
  'case.secretsKind':
    '«{text}» no es un lugar donde la aplicación pueda guardar secretos. Elige uno de estos: {kinds}.',

  'notice.fileReplaced':
    'No se pudo usar el archivo {path} ({reason}). Se guardó como {movedTo} y se sustituyó por uno vacío.',
  'notice.usageOff': 'El uso no se registra: {reason}',
  'notice.usageFailing': 'El uso no se registra en este momento. Comprueba que el disco no esté lleno.',
  'notice.jobsOff': 'Las tareas no están disponibles: {reason}',
  'notice.secretsInFile':
    '{trouble}, así que la credencial de este dispositivo se guarda en {path}, que solo tú puedes leer.',
  'notice.secretsInMemory':
    '{trouble}, así que la credencial de este dispositivo se guarda solo hasta que cierres la aplicación.',

  'updateFailure.unreachable':
    'No se puede acceder al servidor de actualizaciones. Comprueba la conexión a Internet de este ordenador.',
  'updateFailure.noRelease': 'Todavía no hay ninguna versión para este sistema en este canal.',
  'updateFailure.incomplete': 'La versión está incompleta. Inténtalo de nuevo más tarde.',
  'updateFailure.altered':
    'La descarga no coincide con la versión publicada, así que se ha descartado. Inténtalo de nuevo más tarde.',
  'updateFailure.notWritable':
    'La aplicación no puede sustituir su propio archivo. Muévela a una carpeta tuya o actualízala manualmente.',
  'updateFailure.readOnly':
    'La aplicación está en un volumen en el que no se puede escribir. Muévela a una carpeta tuya e inténtalo de nuevo.',
  'updateFailure.diskFull': 'El disco está lleno. Libera espacio e inténtalo de nuevo.',
  'updateFailure.refused':
    'El servidor de actualizaciones ha rechazado la solicitud. Inténtalo de nuevo más tarde o descarga la nueva versión manualmente.',
  'updateFailure.proxyPassword':
    'El proxy exige un usuario y una contraseña. Configúralos en los ajustes de proxy del sistema e inténtalo de nuevo.',
  'updateFailure.proxyGone': 'No se puede acceder al proxy. Comprueba los ajustes de proxy del sistema.',
  'updateFailure.unknownAuthority':
    'El certificado del servidor de actualizaciones no es de una autoridad en la que este ordenador confíe. Si algún software de este ordenador o de la red inspecciona TLS, añade su certificado al sistema.',
  'updateFailure.certificate':
    'El certificado del servidor de actualizaciones no es válido. Comprueba el reloj de este ordenador e inténtalo de nuevo.',
  'updateFailure.notSigned':
    'La nueva versión no está firmada por el editor de esta, así que no se ha instalado. Descárgala de la página del proyecto.',
  'updateFailure.dismissed':
    'No se introdujo la contraseña de administrador, así que no se ha instalado nada. Inténtalo de nuevo cuando la tengas.',
  'updateFailure.notAuthorized':
    'Esta cuenta no puede instalar software, o no hubo forma de pedir la contraseña. Instala el paquete manualmente.',
  'updateFailure.cannotAsk':
    'Ningún programa de este ordenador puede pedir la contraseña de administrador. Instala pkexec o instala el paquete manualmente.',
  'updateFailure.packageManager':
    'El gestor de paquetes no ha podido instalar la nueva versión. Instala el paquete manualmente.',

  'error.ALREADY_RUNNING':
    'Otro bridge ya usa esta carpeta de datos. Detenlo y vuelve a iniciar la aplicación.',
  'error.AUDIENCE_UNCONFIRMED':
    'El token de acceso no nombra a este relay como destinatario, así que no se ha enviado. Inicia sesión de nuevo y confirma el destinatario si confías en él.',
  'error.CONFIG_INVALID': 'Un ajuste tiene un valor que no se puede usar.',
  'error.CREDENTIAL_EXPIRED': 'La credencial de este dispositivo ha caducado. Vincúlalo de nuevo.',
  'error.CREDENTIAL_INVALID':
    'El relay no acepta la credencial de este dispositivo. Inicia sesión o vincúlalo de nuevo.',
  'error.DEVICE_REVOKED':
    'Este dispositivo lo ha revocado su propietario o quien administra el relay. Si fue un error, vincúlalo de nuevo.',
  'error.DRAINING': 'El relay se está deteniendo. Inténtalo de nuevo en un momento.',
  'error.ISSUER_UNREACHABLE':
    'El proveedor de identidad no responde, así que no se puede verificar esta sesión. Inténtalo de nuevo en un momento.',
  'error.JOBS_UNAVAILABLE':
    'Este ordenador no conserva tareas ni archivos. Actualiza la aplicación y busca el motivo en su registro.',
  'error.JOB_CANCELLED':
    'La tarea se canceló, así que no tiene resultado. Vuelve a intentarla para obtener uno.',
  'error.JOB_EXPIRED': 'La tarea no terminó a tiempo. Créala de nuevo o vuelve a intentarla.',
  'error.JOB_INTERRUPTED':
    'La aplicación falló o se cerró tres veces mientras se ejecutaba esta solicitud, así que no se vuelve a enviar. Si la solicitud no es la causa, vuelve a intentar la tarea.',
  'error.JOB_NOT_FINISHED': 'La tarea todavía no ha terminado. Espera a que termine o cancélala primero.',
  'error.JOB_NOT_FOUND':
    'No hay ninguna tarea con este identificador, o pertenece a otra clave. Puede que se haya eliminado.',
  'error.NOT_PAIRED': 'Este dispositivo no está vinculado a ningún relay. Inicia sesión o vincúlalo.',
  'error.PROOF_INVALID':
    'Este dispositivo no ha podido demostrar que su credencial le pertenece. Vincúlalo de nuevo. Si no sirve, un proxy delante del relay elimina cabeceras.',
  'error.SIGN_IN_EXPIRED': 'Tu sesión ha terminado. Inicia sesión de nuevo.',
  'error.TOO_MANY_CONNECTIONS':
    'El relay no tiene sitio para otra conexión. Inténtalo de nuevo en un momento.',
  'error.TOO_MANY_DEVICES':
    'Límite de dispositivos alcanzado. Desconecta primero otro dispositivo y vuelve a conectar este.',
  'error.TOO_MANY_JOBS': 'Ya hay demasiadas tareas en espera. Espera a que termine alguna o cancela algunas.',
  'error.UPSTREAM_UNAUTHORIZED':
    'El servidor de modelos exige una clave de API o no acepta la configurada. Introduce su clave de API en los ajustes.',
  'error.VERSION_UNSUPPORTED':
    'El relay y esta aplicación no tienen ninguna versión del protocolo en común. Actualiza el más antiguo de los dos.',
}
