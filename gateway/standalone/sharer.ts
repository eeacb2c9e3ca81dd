// Which client counts for a place on the way to an app.
import { networkOfClient } from '../../platform/networks.ts';
import type { Sharer } from '../../platform/slots.ts';
import type { ForwardedRequest } from '../types.ts';

/** A proxy of ours that does not name its client speaks for many clients, and has no share of its own. */
export function sharerOf(
  { clientAddress }: Pick<ForwardedRequest, 'clientAddress'>,
  isTrustedProxy: (address: string) => boolean,
): Sharer {
  return clientAddress === undefined || isTrustedProxy(clientAddress)
    ? undefined
    : networkOfClient(clientAddress);
}
