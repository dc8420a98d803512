import type { Translation } from '../../../../shared/i18n/catalogue.ts'
import type { CHECKS_EN } from './en.ts'

export const CHECKS_ES: Translation<typeof CHECKS_EN> = {
  'finding.dataDir.unusable': 'No se puede usar {dir}: {reason}',
  'finding.dataDir.absent': '{dir} todavía no existe.',
  'finding.dataDir.free': '{dir} no está en uso.',
  'finding.dataDir.inUse': '{dir} está en uso (proceso {pid}).',
  'finding.dataDir.silent': 'Un proceso ocupa {dir}, pero no responde.',
  'fix.dataDir.unusable':
    'Repara o elimina el archivo o la carpeta que se indica. Todo debe pertenecer a tu usuario.',
  'fix.dataDir.silent': 'Si sigue así, termina ese proceso y vuelve a iniciar la aplicación.',

  'finding.upstream.found': {
    one: '{name} responde en {url} y tiene {count} modelo.',
    other: '{name} responde en {url} y tiene {count} modelos.',
  },
  'fix.upstream.none':
    'Inicia Ollama (https://ollama.com/download) o indica la dirección de tu servidor de modelos en los ajustes.',
  'fix.upstream.silent': 'Inicia allí el servidor de modelos o indica su dirección en los ajustes.',
  'fix.upstream.needsKey': 'Introduce su clave de API en los ajustes.',
  'fix.upstream.keyRefused': 'Introduce la clave de API correcta en los ajustes.',
  'fix.upstream.loading':
    'Espera a que se cargue el modelo. Si no termina, consulta el registro del servidor de modelos.',
  'fix.upstream.failing': 'Consulta el registro del servidor de modelos y reinícialo.',
  'fix.upstream.noModels.ollama': 'Descarga un modelo en Ollama, por ejemplo llama3.2.',
  'fix.upstream.noModels.other': 'Carga un modelo en {name}.',

  'finding.exposure.none': 'El servidor de modelos no parece estar expuesto a la red.',
  'finding.exposure.reachable':
    'También se puede acceder al servidor de modelos en {origins}: cualquiera en esa red puede usarlo sin clave.',
  'finding.exposure.variable': 'Ollama está expuesto a la red: cualquiera en ella puede usarlo sin clave.',
  'fix.exposure':
    'Desactiva «Expose Ollama to the network» o «Serve on local network» en los ajustes del servidor de modelos y reinícialo. La aplicación solo necesita acceso desde este ordenador.',

  'finding.secrets.keychain': 'Los secretos se guardan en el llavero del sistema, que está desbloqueado.',
  'finding.secrets.file': 'Los secretos se guardan en un archivo que solo tú puedes leer.',
  'finding.secrets.memory': 'Los secretos solo están en la memoria y se pierden al cerrar la aplicación.',
  'fix.secrets.unavailable': 'Desbloquea el llavero e inténtalo de nuevo.',
  'fix.secrets.memory':
    'Permite que la aplicación los guarde en un archivo privado o configura un llavero del sistema.',

  'finding.proxy': '{way} El servidor de modelos siempre se contacta directamente.',
  'finding.proxy.through': 'El relay se alcanza a través del proxy {proxy}.',
  'finding.proxy.local': 'El relay se alcanza directamente: está en este ordenador.',
  'finding.proxy.none': 'El relay se alcanza directamente: no hay ningún proxy configurado.',
  'finding.proxy.exempt':
    'El relay se alcanza directamente: hay un proxy configurado, pero no para este relay.',
  'fix.proxy.invalid': 'Corrige la dirección del proxy en los ajustes de red del sistema.',

  'finding.relay.found': 'Un relay responde en {url} (versión {version}).',
  'finding.relay.protocols': '{found} Admite el protocolo {theirs}; este dispositivo, el {ours}.',
  'finding.relay.warning': '{found} {warning}',
  'finding.relay.unreachable': 'No se puede acceder al relay en {url}: {why}.',
  'finding.relay.unreachableThrough':
    'No se puede acceder al relay en {url} a través del proxy {proxy}: {why}.',
  'finding.relay.stranger': 'El servidor en {url} no es un relay (HTTP {status}).',
  'finding.relay.strangerNamed': 'El servidor en {url} no es un relay (HTTP {status}, de {server}).',
  'finding.relay.unknown': 'No se conoce ningún relay: este dispositivo no está vinculado.',
  'fix.relay.unknown': 'Conecta este dispositivo a un relay.',
  'fix.relay.protocols': 'Actualiza el más antiguo de los dos.',
  'fix.relay.warning': 'Usa https:// para el relay.',
  'fix.relay.stranger':
    'Comprueba que esta sea la URL del relay y que el servidor le reenvíe todas las solicitudes.',
  'fix.relay.redirect': 'Redirige a {location}. Usa la URL propia del relay.',

  'cause.dns': 'no se puede resolver su nombre (DNS)',
  'cause.noRoute': 'no hay ninguna ruta desde esta red (TCP)',
  'cause.silent': 'no responde a tiempo (TCP)',
  'cause.closed': 'el otro extremo cierra la conexión',
  'cause.refused': 'nada escucha en ese puerto (TCP)',
  'cause.selfSigned': 'su certificado está autofirmado (TLS)',
  'cause.untrusted':
    'su certificado es de una autoridad en la que este ordenador no confía, o la cadena está incompleta (TLS)',
  'cause.expired': 'su certificado ha caducado (TLS)',
  'cause.notYetValid': 'su certificado todavía no es válido (TLS)',
  'cause.otherName': 'su certificado es para otro nombre (TLS)',
  'cause.noTls': 'no usa TLS en este puerto',
  'cause.tls': 'falla la negociación TLS',
  'cause.noHttp': 'no habla HTTP',
  'cause.proxyRefused': 'el proxy se niega a conectar (HTTP {status})',
  'cause.unknown': 'falla la conexión',
  'fix.dns': 'Comprueba que el nombre esté bien escrito y que este ordenador tenga conexión.',
  'fix.noRoute': 'Comprueba que este ordenador tenga conexión y que ninguna VPN ni cortafuegos la bloquee.',
  'fix.silent':
    'Comprueba que el servidor esté en marcha y que ningún cortafuegos descarte las conexiones a este puerto.',
  'fix.closed':
    'Comprueba que la URL empiece por https:// si el servidor usa TLS, y que ningún cortafuegos ni filtro cierre la conexión.',
  'fix.refused': 'Comprueba que el servidor esté en marcha y que el puerto de la URL sea correcto.',
  'fix.selfSigned':
    'Si confías en él, añade el certificado de su autoridad a los que este ordenador considera de confianza.',
  'fix.untrusted': 'Configura el servidor para que envíe su cadena de certificados completa. {trust}',
  'fix.expired': 'Renueva el certificado y comprueba la fecha de este ordenador.',
  'fix.notYetValid': 'Comprueba la fecha de este ordenador: probablemente es incorrecta.',
  'fix.otherName':
    'Usa el nombre para el que se emitió el certificado o dale al servidor uno para este nombre.',
  'fix.noTls': 'Comprueba el puerto, o usa http:// para un relay en este ordenador o en una red privada.',
  'fix.tls': 'Comprueba que el servidor admita TLS 1.2 o posterior y que atienda este nombre.',
  'fix.proxyPassword':
    'El proxy exige un usuario y una contraseña. Pide a quien lo administra que exima a este ordenador.',
  'fix.proxyRefused':
    'Pide a quien administra el proxy que permita CONNECT al relay, o exime su host en los ajustes de proxy del sistema.',
  'fix.connection': 'Comprueba la URL, la red y los ajustes del proxy.',

  'finding.clock.unknown': 'El relay no indica su hora.',
  'finding.clock.same': 'Los relojes de este ordenador y del relay coinciden (diferencia: {apart}).',
  'finding.clock.ahead': 'El reloj de este ordenador va {apart} adelantado respecto al del relay.',
  'finding.clock.behind': 'El reloj de este ordenador va {apart} atrasado respecto al del relay.',
  'fix.clock': 'Corrige el reloj equivocado, preferiblemente activando la hora automática.',

  'finding.credential.none':
    'No hay ninguna credencial guardada: este dispositivo no está vinculado a ningún relay.',
  'finding.credential.otherRelay': 'Este dispositivo está vinculado a {paired}, no a {relay}.',
  'finding.credential.expired': 'La credencial de este dispositivo caducó el {date}.',
  'finding.credential.refused': 'El relay no acepta la credencial de este dispositivo.',
  'finding.credential.audience':
    'El token de acceso no nombra a este relay como destinatario, así que no se ha enviado.',
  'finding.credential.valid': 'Validez de la credencial de este dispositivo: hasta {until}; {state}.',
  'finding.credential.unknownDate': 'una fecha desconocida',
  'finding.credential.signedIn': 'Este dispositivo ha iniciado sesión en {issuer}; {state}.',
  'finding.credential.renews': 'el token de acceso ha caducado y la aplicación lo renovará al conectarse',
  'finding.credential.online': 'el relay lo acepta y ve este dispositivo en línea',
  'finding.credential.offline': 'el relay lo acepta, pero ve este dispositivo sin conexión',
  'finding.credential.unconfirmed': 'el relay no ha podido confirmarlo',
  'finding.credential.unconfirmedStatus': 'el relay no ha podido confirmarlo (HTTP {status})',
  'fix.credential.pair':
    'Cierra la sesión en los ajustes y después inicia sesión o vincula el dispositivo de nuevo.',
  'fix.credential.signIn': 'Cierra la sesión en los ajustes y vuelve a iniciarla.',
  'fix.credential.renew': 'Mantén la aplicación en marcha: renueva la credencial mientras está en línea.',
  'fix.credential.unreadable': 'Resuelve los problemas indicados arriba o vincula el dispositivo de nuevo.',

  'finding.websocket.accepted': 'El relay acepta el WebSocket de este dispositivo.',
  'finding.websocket.works':
    'Los WebSockets funcionan: el propio relay ha rechazado uno sin credencial válida.',
  'finding.websocket.failed': 'No se ha podido abrir el WebSocket: {why}.',
  'finding.websocket.version': 'Al relay no se le ofreció el subprotocolo de esta versión.',
  'finding.websocket.refused': 'El relay ha rechazado un WebSocket: {reason}',
  'fix.websocket.version':
    'Actualiza el más antiguo de los dos y configura el proxy delante del relay para que reenvíe Sec-WebSocket-Protocol.',
  'fix.websocket.refused': 'Inténtalo de nuevo dentro de un minuto.',
  'fix.websocket.nginx':
    'nginx, en el bloque location del relay: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";',
  'fix.websocket.caddy':
    'Caddyfile: reverse_proxy admite WebSockets de forma predeterminada. Comprueba que /ws/tunnel llegue al relay sin cambios.',
  'fix.websocket.cloudflare': 'Cloudflare, Network: activa WebSockets para el dominio del relay.',
  'fix.websocket.unknown':
    'Configura el proxy delante del relay para que reenvíe las conexiones WebSocket de /ws/tunnel con todas sus cabeceras.',

  'finding.streaming.works':
    'Las respuestas llegan por streaming: {chunks} fragmentos llegaron uno tras otro.',
  'finding.streaming.interrupted': 'Una respuesta por streaming se interrumpió: {why}.',
  'finding.streaming.untested': 'No se ha podido probar el streaming (HTTP {status}).',
  'finding.streaming.short': 'Una respuesta por streaming terminó tras {arrived} de {chunks} fragmentos.',
  'finding.streaming.collected':
    '{which} de una respuesta de prueba llegaron en {spread}, después de {after}, aunque el relay envía uno cada {interval}: un proxy delante del relay los retiene, así que los tokens llegan a ráfagas.',
  'finding.streaming.all': 'Los {chunks} fragmentos',
  'finding.streaming.some': '{size} de {chunks} fragmentos',
  'fix.streaming.untested':
    'Actualiza el relay y configura el proxy que tiene delante para que reenvíe todas las rutas.',
  'fix.streaming.nginx':
    'nginx, en el bloque location del relay: proxy_buffering off; proxy_http_version 1.1;',
  'fix.streaming.caddy':
    'Caddyfile, en el sitio del relay: quita encode y flush_interval. Caddy envía los streams de inmediato de forma predeterminada.',
  'fix.streaming.cloudflare':
    'Cloudflare: añade una Configuration Rule para el host del relay con Response Body Buffering «None». En lugar de un Quick Tunnel de cloudflared, usa un túnel con nombre: los Quick Tunnels retienen las respuestas a GET.',
  'fix.streaming.unknown':
    'Desactiva el almacenamiento en búfer y la compresión de respuestas en el proxy delante del relay. Si no hay ninguno, busca en este ordenador o en la red software que inspeccione el tráfico.',
}
