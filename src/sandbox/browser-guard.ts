/**
 * Keeps web pages away from a server on loopback. A page of any site can have its own name resolved to 127.0.0.1 (DNS
 * rebinding), or send requests there from its own origin. kubectl and other clients do neither.
 * https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Origin
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** Why the request is refused; undefined when it is not. `served`: the name at which the server listens. */
export function foreignRequest({ host = '', origin }: IncomingHttpHeaders, served: string): string | undefined {
  const name = nameOf(host);
  // An address cannot be made to mean another machine; a name can.
  if (name !== 'localhost' && name !== served && isIP(name) === 0)
    return `the sandbox is not served as ${JSON.stringify(host)}; use localhost or its address`;
  if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return undefined;
  return `pages of ${JSON.stringify(origin)} may not ask the sandbox`;
}

/** Without port and brackets. */
const nameOf = (host: string): string => host.replace(/:[0-9]*$/, '').replace(/^\[(.*)\]$/, '$1');
