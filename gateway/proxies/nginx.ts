// nginx's auth_request. Sources: contracts/forward-auth.md; ngx_http_auth_request_module, which understands 2xx, 401 and
// 403 and makes 500 of everything else. nginx copies every header of the client's into its question that the set-up does
// not overwrite, so only those are read that the set-up sets. Pure.
import type { Answer, ForwardedRequest, Malformed } from '../types.ts';
import {
  asksForUpgrade,
  malformed,
  onlyValue,
  type Question,
  readAddress,
  readHost,
  readMethod,
  readNaming,
  readRequestId,
} from './forwarded.ts';
import { findForeignIdentity } from './from-outside.ts';
import { pairsOf } from './headers.ts';
import { type ProxyKind, usualAnswers } from './kind.ts';

/** `X-Original-URL` (`$scheme://$http_host$request_uri`), `X-Original-Method`, and the client's address where it is told. */
export const nginx: ProxyKind = {
  read: (question) => {
    const method = readEach(question, 'x-original-method', readMethod);
    if (typeof method !== 'string') return method;
    const told = readToldAddress(question);
    if ('outcome' in told) return told;
    const request = readUrl({ ...question, parameters: told.parameters }, method);
    return 'outcome' in request ? request : { ...request, clientAddress: told.clientAddress };
  },
  renderAllow: usualAnswers.renderAllow,
  renderRefusal: forNginx,
};

/** As authentik's users wrote it: `X-Original-URL` alone. */
export const nginxWithoutMethod: ProxyKind = { ...nginx, read: (question) => readUrl(question, undefined) };

/** As Auth-o-tron's users wrote it (ecFlow's published set-up): `X-Original-URI` alone, of the app that the config names. */
export const authOTron: ProxyKind = {
  ...nginx,
  read: (question) => {
    const target = onlyValue(question.headers, 'x-original-uri');
    if (typeof target !== 'string') return target;
    const { authenticated } = question;
    if (authenticated === undefined)
      return malformed('missing_forwarded_header', 'authenticateApp is not set');
    const { name, scheme, host } = authenticated;
    return complete(question, { scheme, host, target, method: undefined }, name);
  },
};

type Told = {
  readonly clientAddress: string | undefined;
  /** Those that are left. */
  readonly parameters: URLSearchParams;
};

/**
 * `X-Original-Address` (`$remote_addr`), where the address that nginx asks at says so: `/auth/nginx?address=x-original-address`.
 * A set-up that does not set the header hands on the client's own, by which anybody could be in whatever network a rule
 * wants, and could fill up everybody else's share of questions. Whether it is set nobody sees in the question; the
 * set-up that sets it says so in the same place, and a client cannot.
 */
function readToldAddress({ headers, parameters }: Question): Told | Malformed {
  if (!parameters.has('address')) return { clientAddress: undefined, parameters };
  if (parameters.getAll('address').join() !== addressHeader) return unknownAddressHeader;
  const text = onlyValue(headers, addressHeader);
  if (typeof text !== 'string') return text;
  const others = new URLSearchParams(parameters);
  others.delete('address');
  // A peer on a UNIX socket has none.
  return { clientAddress: readAddress(text), parameters: others };
}

const addressHeader = 'x-original-address';
const unknownAddressHeader = malformed(
  'invalid_parameters',
  `in the address that the proxy asks at, ?address= can only be ${addressHeader}, once`,
);

function readUrl(question: Question, method: string | undefined): ForwardedRequest | Malformed {
  const url = onlyValue(question.headers, 'x-original-url');
  if (typeof url !== 'string') return url;
  const [, scheme, authority = '', target = ''] = /^(https?):\/\/([^/?#]*)(.*)$/s.exec(url) ?? [];
  if (scheme !== 'http' && scheme !== 'https')
    return malformed('invalid_scheme', 'X-Original-URL is no web address');
  const host = readHost(authority);
  if ('outcome' in host) return host;
  return complete(question, { scheme, host, target, method }, undefined);
}

function complete(
  question: Question,
  asked: Pick<ForwardedRequest, 'scheme' | 'host' | 'target' | 'method'>,
  app: string | undefined,
): ForwardedRequest | Malformed {
  // Its answer's headers are copied by hand: one that is forgotten would let a client's own copy through.
  const foreign = findForeignIdentity(question.headers, { isOverwritten: false });
  if (foreign !== undefined) return foreign;
  const naming =
    app === undefined ? readNaming(question.parameters) : { namedApp: app, namedGroups: undefined };
  if ('outcome' in naming) return naming;
  return {
    ...asked,
    isUpgrade: asksForUpgrade(question.headers),
    // X-Forwarded-For, and whatever else a set-up does not say that it sets, may be the client's own.
    clientAddress: undefined,
    headers: question.headers,
    ...naming,
    requestId: readRequestId(question),
  };
}

function readEach(
  question: Question,
  name: string,
  read: (text: string) => string | Malformed,
): string | Malformed {
  const text = onlyValue(question.headers, name);
  return typeof text === 'string' ? read(text) : text;
}

/** A redirect is a 401 with its target in a header that the set-up redirects to; malformed is 403. */
function forNginx(refusal: Answer): Answer {
  if (refusal.status === 400) return { ...refusal, status: 403 };
  if (refusal.status !== 302) return refusal;
  const headers = pairsOf(refusal.headers).flatMap(([name, value]) => [
    name === 'Location' ? 'X-Auth-Redirect' : name,
    value,
  ]);
  return { ...refusal, status: 401, headers };
}
