// HTTPS_PROXY, HTTP_PROXY and NO_PROXY: which outgoing request goes through which proxy. The same in small letters,
// which count first, as with curl. What goes to this machine itself goes through none.
import { isIP } from 'node:net';
import type { Mistake } from './config/mistakes.ts';
import { prefixLength, readNetworks } from './networks.ts';

export type WebProxies = {
  /** @returns the proxy's own address, a password in it as it may be; `undefined`: none. */
  proxyFor(url: URL): string | undefined;
};

export type ReadWebProxies =
  | { readonly ok: true; readonly value: WebProxies }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

type Environment = Readonly<Record<string, string | undefined>>;

/** @returns what is wrong without the value, which may hold a password. */
export function readWebProxies(environment: Environment): ReadWebProxies {
  const https = readProxy('HTTPS_PROXY', environment);
  const http = readProxy('HTTP_PROXY', environment);
  const isException = readExceptions(variable('NO_PROXY', environment).value);
  const mistakes = [https, http].flatMap((read) => (typeof read === 'object' ? [read] : []));
  if (typeof https === 'object' || typeof http === 'object') return { ok: false, mistakes };
  const proxyFor = (url: URL) => {
    const proxy = url.protocol === 'https:' ? https : http;
    return proxy === undefined || isException(url) ? undefined : proxy;
  };
  return { ok: true, value: { proxyFor } };
}

export const noWebProxies: WebProxies = { proxyFor: () => undefined };

function variable(name: string, environment: Environment): { name: string; value: string } {
  const small = name.toLowerCase();
  const isSmall = environment[small] !== undefined;
  return { name: isSmall ? small : name, value: (environment[isSmall ? small : name] ?? '').trim() };
}

/** `proxy:3128` means `http://proxy:3128`, as it does to curl. */
function readProxy(upperName: string, environment: Environment): string | undefined | Mistake {
  const { name, value } = variable(upperName, environment);
  if (value === '') return undefined;
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '') return url.href;
  const message = 'no address of a proxy: write http://host:port';
  return { file: 'environment', line: 1, path: [name], message };
}

type Matches = (host: { readonly name: string; readonly port: number }) => boolean;

/**
 * Separated by commas or spaces: `lab.org` and `.lab.org` are that host and every one below, `10.0.0.0/8` a network,
 * `*` everything; `:port` narrows a host to that port.
 */
function readExceptions(list: string): (url: URL) => boolean {
  const matches = list
    .split(/[\s,]+/)
    .flatMap((text) => (text === '' ? [] : [readException(text.toLowerCase())]));
  return ({ hostname, protocol, port: portText }) => {
    const name = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    const port = portText === '' ? (protocol === 'https:' ? 443 : 80) : Number(portText);
    return isThisMachine(name) || matches.some((one) => one({ name, port }));
  };
}

function readException(text: string): Matches {
  if (text === '*') return () => true;
  if (prefixLength(text) !== undefined) {
    const networks = readNetworks([text]);
    return ({ name }) => isIP(name) !== 0 && networks.has(name);
  }
  const [, bracketed, plain = '', portText] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  const wanted = (bracketed ?? plain).replace(/^\*?\./, '').replace(/\.$/, '');
  return ({ name, port }) =>
    wanted !== '' &&
    (portText === undefined || Number(portText) === port) &&
    (name === wanted || name.endsWith(`.${wanted}`));
}

function isThisMachine(name: string): boolean {
  return /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|::1)$/.test(name);
}
