import type { Translation } from '../../../../shared/i18n/catalogue.ts'
import type { REQUESTS_EN } from './en.ts'

export const REQUESTS_ES: Translation<typeof REQUESTS_EN> = {
  'error.UNAUTHORIZED': 'La solicitud no tenía una clave válida.',
  'error.KEY_UNKNOWN': 'La clave es desconocida, se ha revocado o ha caducado.',
  'error.FORBIDDEN': 'Las credenciales pertenecen a otro propietario.',
  'error.HOST_NOT_TRUSTED':
    'El relay no conoce este nombre de host. Usa la dirección propia del relay o pide a su operador que lo permita.',
  'error.HTTPS_REQUIRED': 'El relay solo acepta conexiones cifradas. Usa una dirección con https://.',
  'error.ORIGIN_NOT_TRUSTED': 'El relay no permite esto a las páginas de ese origen.',
  'error.NOT_FOUND': 'La solicitud usó una ruta desconocida.',
  'error.BAD_PATH': 'La ruta de la solicitud no es aceptable.',
  'error.URI_TOO_LONG': 'La ruta de la solicitud es demasiado larga.',
  'error.TEXT_TOO_LONG': 'Un nombre o valor de la solicitud es demasiado largo.',
  'error.BAD_REQUEST': 'La solicitud no es válida.',
  'error.REQUEST_TIMEOUT': 'La solicitud no llegó a tiempo.',
  'error.UPGRADE_REQUIRED': 'Un proxy delante del relay no deja pasar WebSockets.',
  'error.METHOD_NOT_ALLOWED': 'La ruta no admite este tipo de solicitud.',
  'error.BODY_TOO_LARGE': 'La solicitud es demasiado grande.',
  'error.TOO_MANY_STREAMS': 'Demasiadas solicitudes a la vez. Espera a que termine alguna.',
  'error.TOO_MANY_BYTES':
    'Las solicitudes en curso ya usan el máximo de memoria. Espera a que termine alguna.',
  'error.MEMORY_FULL': 'No queda memoria para otra solicitud grande. Inténtalo de nuevo en un momento.',
  'error.HEADERS_TOO_LARGE': 'Las cabeceras de la solicitud son demasiado grandes.',
  'error.CIRCUIT_OPEN':
    'El servidor de modelos ha fallado varias veces seguidas. Inténtalo de nuevo en un momento.',
  'error.DEVICE_UNKNOWN': 'Ningún dispositivo conectado tiene este nombre.',
  'error.DEVICE_AMBIGUOUS': 'Coinciden varios dispositivos.',
  'error.ACK_TIMEOUT': 'Este ordenador no confirmó la solicitud a tiempo.',
  'error.IDLE_TIMEOUT': 'La solicitud estuvo inactiva demasiado tiempo y se canceló.',
  'error.EXPECTATION_FAILED': 'El relay no admite la cabecera Expect de la solicitud.',
  'error.KEPT_NAME_REUSED': 'La Idempotency-Key se acaba de usar para otra solicitud.',
  'error.KEPT_NOT_FOUND': 'No hay ninguna respuesta guardada con este nombre. Puede que haya caducado.',
  'error.KEPT_POSITION_UNKNOWN': 'La respuesta todavía no tiene tantos bytes.',
  'error.KEPT_REPLACED': 'La respuesta con este nombre es más reciente: la solicitud se ejecutó de nuevo.',
  'error.KEPT_STOPPED': 'La respuesta se detuvo antes de terminar.',
  'error.JOB_STORAGE_FULL':
    'Las tareas de esta clave han agotado su espacio. Elimina primero las terminadas.',
  'error.JOB_RESULT_TOO_LARGE': 'La respuesta es demasiado grande para una tarea. Pide menos de una vez.',
  'error.BODY_NOT_STRICT': 'El JSON de la solicitud es ambiguo o no es válido.',
  'error.MEDIA_NOT_SUPPORTED':
    'La solicitud tiene un tipo de contenido o una codificación que no se puede comprobar.',
  'error.KEEP_ALIVE_NOT_ALLOWED': 'La clave no puede mantener un modelo en memoria ni descargarlo de ella.',
  'error.UPSTREAM_UNSUPPORTED': 'El servidor de modelos solo admite la API de OpenAI.',
  'error.TOKEN_EXPIRED': 'El token de acceso ha caducado.',
  'error.SHARED_STATE_UNREACHABLE':
    'El relay no puede acceder a los demás relays. Inténtalo de nuevo en un momento.',
  'error.REPLACED':
    'Otra aplicación con la identidad de este dispositivo ha tomado el control de la conexión.',
  'error.PROTOCOL_ERROR': 'La conexión se cerró porque el otro extremo no respetó el protocolo.',
  'error.FRAME_TOO_LARGE': 'La conexión se cerró porque un mensaje era demasiado grande.',
  'error.SUPERSEDED': 'Una conexión más reciente la ha sustituido.',
  'error.BRIDGE_STOPPED': 'La aplicación ha terminado la conexión.',
  'error.PORT_IN_USE': 'El puerto ya está en uso. Cierra el programa que lo usa.',
  'error.CERTIFICATE_UNAVAILABLE':
    'El relay todavía no tiene un certificado para su dominio. Lo vuelve a intentar automáticamente.',
}
