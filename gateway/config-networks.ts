// A list of networks in a gateway's file -> what an address can be looked up in, or what is wrong with each. Pure.
import type { Path } from '../platform/config/lines.ts';
import type { Complaint } from '../platform/config/mistakes.ts';
import { type Networks, readNetworks } from '../platform/networks.ts';

/** @param path of the list. @returns the networks that are some, and a complaint for each that is none. */
export function compileNetworks(
  texts: readonly string[],
  path: Path,
): { readonly networks: Networks; readonly complaints: readonly Complaint[] } {
  const complaints = texts.flatMap((text, index): readonly Complaint[] => {
    const message = complaintAbout(text);
    return message === undefined ? [] : [{ path: [...path, index], message }];
  });
  return {
    networks: readNetworks(texts.filter((text) => complaintAbout(text) === undefined)),
    complaints,
  };
}

function complaintAbout(text: string): string | undefined {
  try {
    readNetworks([text]);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
