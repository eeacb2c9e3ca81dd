// Whose plain headers may be believed: few addresses, or many only where the file says so in words. Pure.
import type { Complaint } from '../platform/config/mistakes.ts';
import { prefixLength } from '../platform/networks.ts';
import type { TransferFile } from './config-schema.ts';

export function trustComplaints({ callers }: Pick<TransferFile, 'callers'>): readonly Complaint[] {
  if (callers?.believe !== 'plain-headers') return [];
  return callers.trustedProxies.flatMap((network, index) => {
    const problem = problemOf(network, callers.wideRanges !== undefined);
    return problem === undefined ? [] : [{ path: ['callers', 'trustedProxies', index], message: problem }];
  });
}

/** At most 16 addresses: the proxies, not the network that they are in. */
const freeBits = 4;

function problemOf(network: string, mayBeWide: boolean): string | undefined {
  const prefix = prefixLength(network);
  if (prefix === undefined && network !== 'private')
    return 'no address or network: write 10.0.0.1 or 10.0.0.0/28';
  const isWide = prefix === undefined || prefix.of - prefix.bits > freeBits;
  if (!isWide || mayBeWide) return undefined;
  return 'wider than /28 (IPv6: /124): everything in it could claim to be anyone; name the proxies, or say `wideRanges: anyone-in-them-may-claim-to-be-anyone`';
}
