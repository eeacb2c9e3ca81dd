// Whether an address is one of a list of networks: `10.0.0.0/8`, `::1`, `private`. Addresses are compared as bits,
// never as text, and an IPv4 address is the same address when it is written as IPv6 (`::ffff:10.0.0.1`).
import { BlockList, isIP } from 'node:net';
import { Recent } from './recent.ts';

export type Networks = {
  readonly texts: readonly string[];
  has(address: string): boolean;
};

const privateNetworks = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
];

/** @throws RangeError that names the entry which is neither an address, a network (CIDR, RFC 4632) nor `private`. */
export function readNetworks(texts: readonly string[]): Networks {
  const list = new BlockList();
  for (const text of texts.flatMap((entry) => (entry === 'private' ? privateNetworks : [entry])))
    addNetwork(list, text);
  // The same few proxies ask again and again.
  const known = new Recent<boolean>({ maxEntries: 1000, maxCharacters: 64_000, generationMs: 60_000 });
  const has = (address: string) => {
    const remembered = known.get(address);
    if (remembered !== undefined) return remembered;
    const isIn = hasAddress(list, address);
    known.set(address, isIn);
    return isIn;
  };
  return { texts, has };
}

/** How many bits of the network are fixed, and of how many; `undefined` for what is no network. */
export function prefixLength(text: string): { readonly bits: number; readonly of: 32 | 128 } | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const of = isIP(address) === 4 ? 32 : 128;
  const bits = length === undefined ? of : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (isIP(address) === 0 || rest.length > 0 || !(bits <= of)) return undefined;
  return { bits, of };
}

/**
 * What counts as one client where clients are counted: an IPv4 address, or the /64 of an IPv6 one, since whoever has
 * one address of it has them all (RFC 4291 section 2.5.1).
 */
export function networkOfClient(address: string): string {
  const plain = withoutMapping(address);
  if (isIP(plain) !== 6) return plain;
  return `${groupsOf(plain).slice(0, 4).join(':')}::/64`;
}

/** The /48 of an IPv6 address, which is what one customer usually gets (RFC 6177); `undefined` for IPv4. */
export function siteOfClient(address: string): string | undefined {
  const plain = withoutMapping(address);
  return isIP(plain) === 6 ? `${groupsOf(plain).slice(0, 3).join(':')}::/48` : undefined;
}

/**
 * Whether every address of `narrow` is one of `wide`, also where several of `wide` are needed for one of `narrow`.
 * @param wide and `narrow` as `readNetworks` takes them.
 */
export function coversNetworks(wide: readonly string[], narrow: readonly string[]): boolean {
  const prefixes = wide.flatMap(prefixesOf);
  return narrow.flatMap(prefixesOf).every((prefix) => isCovered(prefix, prefixes));
}

/** Of 128 bits: an IPv4 address is the IPv6 one that it is mapped to. */
type Prefix = { readonly bits: number; readonly value: bigint };

function prefixesOf(text: string): readonly Prefix[] {
  if (text === 'private') return privateNetworks.flatMap(prefixesOf);
  const prefix = prefixLength(text);
  if (prefix === undefined) return [];
  const [address = ''] = text.split('/');
  const mapped = prefix.of === 32 ? `::ffff:${address}` : address;
  const value = BigInt(
    `0x${groupsOf(mapped)
      .map((group) => group.padStart(4, '0'))
      .join('')}`,
  );
  return [{ bits: prefix.bits + 128 - prefix.of, value }];
}

function isCovered(narrow: Prefix, wide: readonly Prefix[]): boolean {
  if (wide.some((candidate) => contains(candidate, narrow))) return true;
  const within = wide.filter((candidate) => contains(narrow, candidate));
  return within.length > 0 && halvesOf(narrow).every((half) => isCovered(half, within));
}

function contains(wide: Prefix, narrow: Prefix): boolean {
  const free = BigInt(128 - wide.bits);
  return wide.bits <= narrow.bits && wide.value >> free === narrow.value >> free;
}

function halvesOf({ bits, value }: Prefix): readonly Prefix[] {
  const next = 1n << BigInt(127 - bits);
  return [value & ~next, value | next].map((half) => ({ bits: bits + 1, value: half }));
}

/** The eight of an IPv6 address, hexadecimal. */
function groupsOf(address: string): readonly string[] {
  // The URL parser writes it in one way: lower case, `::` once, no dotted part.
  const canonical = new URL(`http://[${address.split('%', 1)[0]}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros: string[] = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last];
}

function addNetwork(list: BlockList, text: string): void {
  const prefix = prefixLength(text);
  if (prefix === undefined)
    throw new RangeError(`"${text}" is no address, network (10.0.0.0/8) or "private"`);
  list.addSubnet(text.split('/')[0] ?? '', prefix.bits, prefix.of === 32 ? 'ipv4' : 'ipv6');
}

function hasAddress(list: BlockList, address: string): boolean {
  const plain = withoutMapping(address);
  const family = isIP(plain);
  return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

/** RFC 4291 section 2.5.5.2, in either spelling: `::ffff:10.0.0.1`, `::ffff:a00:1`. */
function withoutMapping(address: string): string {
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (dotted !== undefined || isIP(address) !== 6) return dotted ?? address;
  const groups = groupsOf(address);
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return address;
  const bytes = groups.slice(6).flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
  return bytes.join('.');
}
