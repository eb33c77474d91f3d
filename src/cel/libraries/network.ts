/**
 * URLs, IP addresses and CIDR ranges: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-url-library and
 * the sections after it.
 */
import { CelError, noSuchOverload } from '../errors.ts';
import { type Declaration, declare, str } from '../functions.ts';
import {
  type Address,
  isIn,
  isLinkLocal,
  isLoopback,
  isMulticastLinkLocal,
  masked,
  parseAddress,
  parseRange,
  printAddress,
} from '../../std/addresses.ts';
import { MapValue, Opaque, type Value } from '../values.ts';
import { parseRequestUrl, type RequestUrl } from '../../std/request-url.ts';

class Url extends Opaque {
  readonly typeName = 'kubernetes.URL';
  readonly parts: RequestUrl;
  constructor(parts: RequestUrl) {
    super();
    this.parts = parts;
  }
  equals(other: Opaque): boolean {
    return other instanceof Url && other.parts.text === this.parts.text;
  }
}

class Ip extends Opaque {
  readonly typeName = 'net.IP';
  readonly address: Address;
  constructor(address: Address) {
    super();
    this.address = address;
  }
  equals(other: Opaque): boolean {
    return (
      other instanceof Ip && other.address.family === this.address.family && other.address.bits === this.address.bits
    );
  }
}

class Cidr extends Opaque {
  readonly typeName = 'net.CIDR';
  readonly address: Address;
  readonly prefix: number;
  constructor(address: Address, prefix: number) {
    super();
    this.address = address;
    this.prefix = prefix;
  }
  equals(other: Opaque): boolean {
    return (
      other instanceof Cidr &&
      other.prefix === this.prefix &&
      other.address.bits === this.address.bits &&
      other.address.family === this.address.family
    );
  }
}

const urlOf = (value: Value | undefined): RequestUrl => {
  if (!(value instanceof Url)) throw noSuchOverload();
  return value.parts;
};
const ipOf = (value: Value | undefined): Address => {
  if (value instanceof Ip) return value.address;
  if (typeof value !== 'string') throw noSuchOverload();
  const address = parseAddress(value);
  if (!address)
    throw new CelError(
      `IP Address ${JSON.stringify(value)} parse error during conversion from string: ParseAddr(${JSON.stringify(value)}): unable to parse IP`,
    );
  return address;
};
const cidrOf = (value: Value | undefined): Cidr => {
  if (value instanceof Cidr) return value;
  if (typeof value !== 'string') throw noSuchOverload();
  const range = parseRange(value);
  if (!range)
    throw new CelError(
      `${NOT_A_RANGE}: ${NOT_A_RANGE}: netip.ParsePrefix(${JSON.stringify(value)}): ${rangeProblem(value)}`,
    );
  return new Cidr(range.address, range.prefix);
};

const NOT_A_RANGE = 'network address parse error during conversion from string';

function rangeProblem(text: string): string {
  const cut = text.lastIndexOf('/');
  if (cut < 0) return "no '/'";
  const [address, bits] = [text.slice(0, cut), text.slice(cut + 1)];
  if (!parseAddress(address)) return `ParseAddr(${JSON.stringify(address)}): unable to parse IP`;
  return /^(?:\d|[1-9]\d+)$/.test(bits)
    ? 'prefix length out of range'
    : `bad bits after slash: ${JSON.stringify(bits)}`;
}

const containsIp = (range: Value | undefined, ip: Value | undefined): boolean => {
  const { address, prefix } = cidrOf(range);
  return isIn(ipOf(ip), { address, prefix });
};
const containsCidr = (outer: Value | undefined, inner: Value | undefined): boolean => {
  const [a, b] = [cidrOf(outer), cidrOf(inner)];
  return a.prefix <= b.prefix && isIn(masked(b), a);
};

const URLS: readonly Declaration[] = [
  declare('url(string): kubernetes.URL', ([a]) => {
    const parsed = parseRequestUrl(str(a));
    if (!parsed)
      throw new CelError(
        `URL parse error during conversion from string: parse ${JSON.stringify(str(a))}: ${str(a).startsWith(':') ? 'missing protocol scheme' : 'invalid URI for request'}`,
      );
    return new Url(parsed);
  }),
  declare('isURL(string): bool', ([a]) => parseRequestUrl(str(a)) !== undefined),
  declare('kubernetes.URL->getScheme(): string', ([a]) => urlOf(a).scheme),
  declare('kubernetes.URL->getHost(): string', ([a]) => urlOf(a).host),
  declare('kubernetes.URL->getHostname(): string', ([a]) => urlOf(a).hostname),
  declare('kubernetes.URL->getPort(): string', ([a]) => urlOf(a).port),
  declare('kubernetes.URL->getEscapedPath(): string', ([a]) => urlOf(a).escapedPath),
  declare('kubernetes.URL->getQuery(): map<string, list<string>>', ([a]) => MapValue.of([...urlOf(a).query])),
];

const IPS: readonly Declaration[] = [
  declare('ip(string): net.IP', ([a]) => new Ip(ipOf(a))),
  declare('isIP(string): bool', ([a]) => parseAddress(str(a)) !== undefined),
  declare('ip.isCanonical(string): bool', ([a]) => printAddress(ipOf(a)) === str(a)),
  declare('string(net.IP): string', ([a]) => printAddress(ipOf(a))),
  declare('net.IP->family(): int', ([a]) => BigInt(ipOf(a).family)),
  declare('net.IP->isUnspecified(): bool', ([a]) => ipOf(a).bits === 0n),
  declare('net.IP->isLoopback(): bool', ([a]) => isLoopback(ipOf(a))),
  declare('net.IP->isLinkLocalMulticast(): bool', ([a]) => isMulticastLinkLocal(ipOf(a))),
  declare('net.IP->isLinkLocalUnicast(): bool', ([a]) => isLinkLocal(ipOf(a))),
  declare('net.IP->isGlobalUnicast(): bool', ([a]) => isGlobal(ipOf(a))),
];

function isGlobal(address: Address): boolean {
  if (address.bits === 0n || isLoopback(address) || isLinkLocal(address)) return false;
  if (address.family === 4) return address.bits !== 0xffffffffn && address.bits >> 28n !== 0xen;
  return address.bits >> 120n !== 0xffn;
}

const CIDRS: readonly Declaration[] = [
  declare('cidr(string): net.CIDR', ([a]) => cidrOf(a)),
  declare('isCIDR(string): bool', ([a]) => parseRange(str(a)) !== undefined),
  declare('net.CIDR->containsIP(string): bool', ([a, b]) => containsIp(a, b)),
  declare('net.CIDR->containsIP(net.IP): bool', ([a, b]) => containsIp(a, b)),
  declare('net.CIDR->containsCIDR(string): bool', ([a, b]) => containsCidr(a, b)),
  declare('net.CIDR->containsCIDR(net.CIDR): bool', ([a, b]) => containsCidr(a, b)),
  declare('net.CIDR->ip(): net.IP', ([a]) => new Ip(cidrOf(a).address)),
  declare('net.CIDR->prefixLength(): int', ([a]) => BigInt(cidrOf(a).prefix)),
  declare('net.CIDR->masked(): net.CIDR', ([a]) => new Cidr(masked(cidrOf(a)), cidrOf(a).prefix)),
  declare('string(net.CIDR): string', ([a]) => `${printAddress(cidrOf(a).address)}/${cidrOf(a).prefix}`),
];

export const NETWORK_LIBRARY: readonly Declaration[] = [...URLS, ...IPS, ...CIDRS];
