// A client that sends exactly what it is told: path, repeated headers and all.
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export type Asked = {
  readonly method?: string;
  /** Sent as it stands. */
  readonly path: string;
  readonly host: string;
  /** Names and values in turn. */
  readonly headers?: readonly string[];
  readonly body?: string;
};

export type Told = {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly json: unknown;
};

export type Client = (asked: Asked) => Promise<Told>;

/** @param origin where it is connected to; the `Host` header is the question's own. */
export function createClient(origin: { readonly scheme: 'http' | 'https'; readonly port: number }): Client {
  const send = origin.scheme === 'https' ? requestHttps : requestHttp;
  return ({ method = 'GET', path, host, headers = [], body }) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))];
      const request = send(
        {
          host: '127.0.0.1',
          port: origin.port,
          method,
          path,
          headers: ['Host', host, ...length, ...headers],
          rejectUnauthorized: false,
          // Traefik tells a request of another host than its TLS session's apart (421).
          servername: host.split(':')[0],
          agent: false,
          timeout: 30_000,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: text,
              json: parse(text),
            });
          });
        },
      );
      request.on('error', reject);
      request.on('timeout', () => request.destroy(new Error(`no answer to ${method} ${path}`)));
      request.end(body);
    });
}

/** A field of a JSON answer, for assertions. */
export function field(told: Told, name: string): unknown {
  return typeof told.json === 'object' && told.json !== null ? Reflect.get(told.json, name) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
