/** Addresses that are read well but written oddly: k8s.io/apimachinery/pkg/util/validation/ip.go. */
import { isIP, isIPv6 } from 'node:net';
import { asList, asText } from '../machinery/json.ts';

/** As RFC 5952 writes it. */
const canonical = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);

export function addressWarnings(address: string, field: string): readonly string[] {
  if (!isIPv6(address) || address.includes('.') || canonical(address) === address) return [];
  return [`${field}: IPv6 address "${address}" should be in RFC 5952 canonical format ("${canonical(address)}")`];
}

export const addressListWarnings = (list: unknown, field: string): readonly string[] =>
  asList(list).flatMap((address, index) => addressWarnings(asText(address), `${field}[${index}]`));

/** An IPv4 address whose bits after the prefix are cleared. */
function network(address: string, bits: number): string {
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - bits);
  const start = Math.floor(value / size) * size;
  return [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.');
}

export function rangeWarnings(range: string, field: string): readonly string[] {
  const [address = '', prefix = ''] = range.split('/');
  if (isIP(address) === 6) {
    const plain = `${canonical(address)}/${prefix}`;
    if (address.includes('.') || plain === range) return [];
    return [`${field}: IPv6 CIDR value "${range}" should be in RFC 5952 canonical format ("${plain}")`];
  }
  if (isIP(address) !== 4) return [];
  const start = network(address, Number(prefix));
  if (start === address) return [];
  return [
    `${field}: CIDR value "${range}" is ambiguous in this context (should be "${start}/${prefix}" or "${address}/32"?)`,
  ];
}
