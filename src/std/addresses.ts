/**
 * IP addresses and ranges as Go's net/netip reads and prints them, without zones and IPv4-mapped addresses, which
 * Kubernetes refuses.
 */

export interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

export interface AddressRange {
  readonly address: Address;
  /** Bits of the network part. */
  readonly prefix: number;
}

const width = (address: Address): number => (address.family === 4 ? 32 : 128);

export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return { family: 4, bits: parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) };
}

function parseV6(text: string): Address | undefined {
  let source = text;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted) {
    const tail = parseV4(dotted[2] ?? '');
    if (!tail) return undefined;
    source = `${dotted[1]}${(tail.bits >> 16n).toString(16)}:${(tail.bits & 0xffffn).toString(16)}`;
  }
  const halves = source.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const [head = [], tail = []] = groups;
  const count = head.length + tail.length;
  if (halves.length === 1 ? count !== 8 : count > 7) return undefined;
  const all = [...head, ...Array.from({ length: 8 - count }, () => '0'), ...tail];
  if (!all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const bits = all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
  return bits >> 32n === 0xffffn ? undefined : { family: 6, bits };
}

/** The canonical form of RFC 5952. */
export function printAddress({ family, bits }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => ((bits >> shift) & 0xffn).toString()).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length < 2) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}

export function parseRange(text: string): AddressRange | undefined {
  const match = /^(.+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = match && parseAddress(match[1] ?? '');
  const prefix = Number(match?.[2]);
  return address && prefix <= width(address) ? { address, prefix } : undefined;
}

/** The range's first address. */
export function masked({ address, prefix }: AddressRange): Address {
  const host = BigInt(width(address) - prefix);
  return { family: address.family, bits: (address.bits >> host) << host };
}

export function isIn(address: Address, range: AddressRange): boolean {
  return (
    address.family === range.address.family && masked({ address, prefix: range.prefix }).bits === masked(range).bits
  );
}

export const isLoopback = ({ family, bits }: Address): boolean => (family === 4 ? bits >> 24n === 127n : bits === 1n);
export const isLinkLocal = ({ family, bits }: Address): boolean =>
  family === 4 ? bits >> 16n === 0xa9fen : bits >> 118n === 0x3fan;
export const isMulticastLinkLocal = ({ family, bits }: Address): boolean =>
  family === 4 ? bits >> 8n === 0xe00000n : bits >> 112n === 0xff02n;
