// Traefik's forwardAuth: its question, and answers that it passes on. Source: contracts/forward-auth.md, Traefik's
// pkg/middlewares/auth/forward.go. Only the five headers that Traefik sets itself are read. Pure.
import type { ForwardedRequest, Malformed } from '../types.ts';
import {
  asksForUpgrade,
  onlyValue,
  type Question,
  readClientAddress,
  readHost,
  readMethod,
  readNaming,
  readRequestId,
  readScheme,
} from './forwarded.ts';
import { findForeignIdentity } from './from-outside.ts';
import { type ProxyKind, usualAnswers } from './kind.ts';

export const traefik: ProxyKind = {
  // Its authResponseHeaders take every identity header from our answer.
  read: (question) => readForwarded(question, { isOverwritten: true }),
  ...usualAnswers,
};

/** @returns malformed where a header is missing, repeated or unreadable, or the client sent one like ours. */
export function readForwarded(
  question: Question,
  identity: { readonly isOverwritten: boolean },
): ForwardedRequest | Malformed {
  const foreign = findForeignIdentity(question.headers, identity);
  if (foreign !== undefined) return foreign;
  const target = onlyValue(question.headers, 'x-forwarded-uri');
  const method = readEach(question, 'x-forwarded-method', readMethod);
  const host = readEach(question, 'x-forwarded-host', readHost);
  const scheme = readEach(question, 'x-forwarded-proto', readScheme);
  if (typeof target !== 'string') return target;
  if (typeof method !== 'string') return method;
  if ('outcome' in host) return host;
  if ('outcome' in scheme) return scheme;
  const naming = readNaming(question.parameters);
  if ('outcome' in naming) return naming;
  return {
    scheme: scheme.scheme,
    isUpgrade: scheme.isUpgrade || asksForUpgrade(question.headers),
    method,
    host,
    target,
    clientAddress: readClientAddress(question),
    headers: question.headers,
    namedApp: naming.namedApp,
    namedGroups: naming.namedGroups,
    requestId: readRequestId(question),
  };
}

function readEach<Value>(
  question: Question,
  name: string,
  read: (text: string) => Value | Malformed,
): Value | Malformed {
  const text = onlyValue(question.headers, name);
  return typeof text === 'string' ? read(text) : text;
}
