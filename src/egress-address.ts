import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An IP address, or a range of them, in binary form. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A range of addresses. */
export interface AddressRange {
  readonly first: Address;
  /** How many leading bits count. */
  readonly bits: number;
}

/**
 * What no repository, forge or registry ever lies at: this host as nobody, link-local addresses, groups, and where
 * clouds tell a machine its own secrets.
 */
export const refusedRanges: readonly AddressRange[] = [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '::/128',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  // Alibaba Cloud, Oracle Cloud, Azure; Amazon and Google over IPv6.
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
  'fd00:ec2::/32',
  'fd20:ce::/32',
].map((text) => {
  const range = parseRange(text);
  if (range === undefined) throw new Error(`${text} is no range`);
  return range;
});

/** Reads an address, `10.0.0.7`, or a range, `10.0.0.0/8`; undefined where the text is neither. */
export function parseRange(text: string): AddressRange | undefined {
  const [address = '', bits, ...more] = text.split('/');
  if (isIP(address) === 0 || address.includes('%') || more.length > 0) return undefined;
  const first = ipaddr.parse(address);
  const longest = first.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return { first, bits: longest };
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > longest) return undefined;
  return { first, bits: Number(bits) };
}

/** Whether an address lies in a range. */
export function isIn(address: Address, { first, bits }: AddressRange): boolean {
  return address.kind() === first.kind() && address.match(first, bits);
}

/** Whether all of a range lies in another one. */
export function isWithin(inner: AddressRange, outer: AddressRange): boolean {
  return inner.bits >= outer.bits && isIn(inner.first, outer);
}

/**
 * An address with all the addresses that it stands for, where a gateway or the kernel may take it for another one:
 * IPv4 in IPv6 (mapped, compatible, translated), NAT64, 6to4, Teredo.
 * @param text as a resolver or a URL writes it, without brackets; undefined where it is no address
 */
export function meaningsOf(text: string): readonly Address[] | undefined {
  if (isIP(text) === 0) return undefined;
  const address = ipaddr.parse(text.replace(/%.*$/, ''));
  if (address instanceof ipaddr.IPv4) return [address];
  // The kernel itself takes it for the address inside.
  if (address.isIPv4MappedAddress()) return [address.toIPv4Address()];
  const bytes = address.toByteArray();
  const inside: Address[] = embeddings
    .filter(({ range }) => isIn(address, range) && !isIn(address, smallNumbers))
    .map(({ at, flip }) => new ipaddr.IPv4(at.map((index) => (bytes[index] ?? 0) ^ flip)));
  return [address, ...inside];
}

interface Embedding {
  readonly range: AddressRange;
  /** Which of the 16 bytes are those of the address inside. */
  readonly at: readonly number[];
  /** What they are written with: Teredo inverts them. */
  readonly flip: number;
}

/** `::` and `::1` with their neighbours: no addresses of IPv4. */
const smallNumbers: AddressRange = { first: ipaddr.parse('::'), bits: 104 };
const last = [12, 13, 14, 15];
const embeddings: readonly Embedding[] = (
  [
    ['::/96', last, 0],
    ['::ffff:0:0:0/96', last, 0],
    ['64:ff9b::/96', last, 0],
    // The prefix for local use (RFC 8215) is as long as an operator wants it.
    ['64:ff9b:1::/48', last, 0],
    ['64:ff9b:1::/48', [6, 7, 9, 10], 0],
    ['64:ff9b:1::/48', [7, 9, 10, 11], 0],
    ['64:ff9b:1::/48', [9, 10, 11, 12], 0],
    ['2002::/16', [2, 3, 4, 5], 0],
    ['2001::/32', last, 0xff],
  ] as const
).flatMap(([text, at, flip]) => {
  const range = parseRange(text);
  return range === undefined ? [] : [{ range, at, flip }];
});
