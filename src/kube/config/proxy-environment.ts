/**
 * The proxy that the environment names for a server, as Go's clients read it: HTTPS_PROXY or HTTP_PROXY by the server's
 * scheme, and NO_PROXY for those that are asked directly. This machine itself is never asked through a proxy. Pure.
 * https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
import { BlockList, isIP } from 'node:net';

export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/** Undefined: it is asked directly. */
export function proxyFor(server: string, env: ProxyEnvironment): string | undefined {
  const { protocol, hostname, port } = new URL(server);
  const name = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = valueOf(env, name);
  if (proxy === '') return undefined;
  const host = hostname.replaceAll(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || isLoopback(host)) return undefined;
  const full = `${host}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
  const direct = valueOf(env, 'NO_PROXY').split(',');
  if (direct.some((rule) => matches(rule.trim().toLowerCase(), host, full))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

const valueOf = (env: ProxyEnvironment, name: string): string => env[name] ?? env[name.toLowerCase()] ?? '';

const isLoopback = (host: string): boolean => (isIP(host) === 4 ? host.startsWith('127.') : host === '::1');

/** `*`, an address, a range of addresses, or a domain with all below it; with a port, of that port alone. */
function matches(rule: string, host: string, full: string): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  const [range = '', bits] = rule.split('/');
  if (bits !== undefined) return isIP(range) !== 0 && isIP(host) === isIP(range) && inRange(range, Number(bits), host);
  if (rule === host || rule === full) return true;
  const [name = '', port] = isIP(rule) === 0 ? rule.split(':') : [rule];
  if (port !== undefined && !full.endsWith(`:${port}`)) return false;
  const domain = name.replace(/^\*?\.?/, '');
  // A leading dot takes in what lies below alone.
  return host.endsWith(`.${domain}`) || (!/^\*?\./.test(name) && host === domain);
}

function inRange(range: string, bits: number, host: string): boolean {
  const family = isIP(range) === 4 ? 'ipv4' : 'ipv6';
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === 'ipv4' ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(range, bits, family);
  return list.check(host, family);
}
