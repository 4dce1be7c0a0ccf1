import { WaybillError } from '../shared/errors.ts'

/** One call of the management API; user and password are taken from the URL. Gives the status. */
export async function askManagement(
  managementUrl: string,
  method: 'GET' | 'PUT' | 'DELETE',
  path: string,
  signal?: AbortSignal,
  body?: unknown,
): Promise<number> {
  const base = new URL(managementUrl)
  const credentials = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`
  base.username = ''
  base.password = ''
  const response = await fetch(new URL(`api/${path}`, base.href.endsWith('/') ? base.href : `${base.href}/`), {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
  await response.body?.cancel()
  return response.status
}

/** Creates a virtual host in which the user of the management URL may do everything. */
export async function createVhost(managementUrl: string, name: string, signal?: AbortSignal): Promise<void> {
  const vhost = encodeURIComponent(name)
  const user = encodeURIComponent(decodeURIComponent(new URL(managementUrl).username))
  const everything = { configure: '.*', write: '.*', read: '.*' }
  const statuses = [
    await askManagement(managementUrl, 'PUT', `vhosts/${vhost}`, signal, {}),
    await askManagement(managementUrl, 'PUT', `permissions/${vhost}/${user}`, signal, everything),
  ]
  const refused = statuses.find((status) => status >= 300)
  if (refused === undefined) return
  throw new WaybillError({
    code: 'part-failed',
    message: `RabbitMQ did not create the virtual host ${name}: its management API answered ${refused}.`,
    hint: 'Check that the user of AMQP_MANAGEMENT_URL has the tag administrator.',
  })
}

/** Removes a virtual host with everything in it; one that is not there is no mistake. */
export async function deleteVhost(managementUrl: string, name: string, signal?: AbortSignal): Promise<void> {
  await askManagement(managementUrl, 'DELETE', `vhosts/${encodeURIComponent(name)}`, signal)
}
