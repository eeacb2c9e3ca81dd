// What an app's rules go by and the proxy does not tell: no rule is skipped because of it. Pure.
import type { App, ForwardedRequest, Malformed } from '../types.ts';

export function findUntold(
  { rules }: App,
  { method, clientAddress }: Pick<ForwardedRequest, 'method' | 'clientAddress'>,
): Malformed | undefined {
  if (method === undefined && rules.some(({ methods }) => methods !== 'any')) return methodUnknown;
  if (clientAddress === undefined && rules.some(({ networks }) => networks !== 'any'))
    return clientAddressUnknown;
  return undefined;
}

const methodUnknown: Malformed = {
  outcome: 'malformed',
  reason: 'missing_forwarded_header',
  detail: 'the proxy does not say which method is meant, and rules of this app go by methods',
};

const clientAddressUnknown: Malformed = {
  outcome: 'malformed',
  reason: 'client_address_unknown',
  detail:
    'the proxy does not tell the client\u2019s address, or it is unreadable, and rules of this app go by networks',
};
