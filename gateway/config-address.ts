// The URL of an app, or of the gateway itself, as an admin writes it -> which hosts and which path prefix are its own.
// Pure.
import type { GatewayFile } from './config-schema.ts';
import { readPath } from './policy/path.ts';
import { readHost } from './proxies/forwarded.ts';
import type { AppHost } from './types.ts';

export type AppAddress = {
  readonly scheme: 'http' | 'https';
  readonly host: AppHost;
  /** The segments of its path. */
  readonly prefix: readonly string[];
  /** As it was written, without a final slash. */
  readonly url: string;
};

/** Scheme, host, port and path prefix. @returns a sentence that says what is wrong. */
export function readAppUrl(text: string): AppAddress | string {
  const match =
    /^(https?):\/\/(\*|(?:\*\.)?[^/:?#@*\s\\]+|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?(\/[^?#]*)?$/.exec(text);
  const [, scheme, hostText = '', portText, pathText = ''] = match ?? [];
  if (match === null)
    return `"${text}" is no address: write scheme, host and path, such as https://lab.org/grafana`;
  const path = readPath(pathText.replace(/\/$/, '') || '/');
  if ('outcome' in path || path.encoded.length > 0) return `"${text}": the path prefix has to be plain`;
  const prefix = path.segments.filter((segment) => segment !== '');
  const host = readAppHost(hostText, portText === undefined ? undefined : Number(portText));
  if (typeof host === 'string') return `"${text}": ${host}`;
  return { scheme: scheme === 'http' ? 'http' : 'https', host, prefix, url: text.replace(/\/$/, '') };
}

/** Whether it is this machine's own: what goes there crosses no network. */
export function isLoopbackName(name: string): boolean {
  return /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(name);
}

function readAppHost(text: string, port: number | undefined): AppHost | string {
  if (port !== undefined && (port === 0 || port > 65_535)) return 'the port is none: 1 to 65535';
  if (text === '*')
    return port === undefined
      ? { kind: 'any' }
      : 'a port goes with a host that is named: * is any host, any port';
  const base = `http://${text.replace(/^\*\./, '')}`;
  // The URL parser lower-cases, and writes an international name as the browser sends it (punycode).
  const read = readHost(URL.canParse(base) ? new URL(base).hostname : '');
  if ('outcome' in read) return 'the host is no name and no address';
  const { name } = read;
  return text.startsWith('*.') ? { kind: 'below', suffix: `.${name}`, port } : { kind: 'exact', name, port };
}

export function complainAboutScheme(
  location: { scheme: string; host: AppHost },
  file: GatewayFile,
  complain: (message: string) => void,
): void {
  if (location.scheme === 'https' || file.insecure || isLoopback(location.host)) return;
  complain(
    'plain http carries every token in the clear: use https, or say `insecure: true` at the top of the file',
  );
}

function isLoopback(host: AppHost): boolean {
  switch (host.kind) {
    case 'exact':
      return isLoopbackName(host.name);
    case 'below':
      return isLoopbackName(`every${host.suffix}`);
    case 'any':
      return false;
  }
}
