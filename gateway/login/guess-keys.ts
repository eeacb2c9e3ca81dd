// Makes the keys that brute-force protection counts by: one user name has one key, however it is written. Pure.
import { createHmac, hkdfSync } from 'node:crypto';
import { networkOfClient, siteOfClient } from '../../platform/networks.ts';

/** `account`: the backend and the user name as it was typed. */
export type Guess = {
  readonly backend: string;
  readonly username: string;
  readonly clientAddress: string | undefined;
};

export type GuessKeys = {
  /** The account from this client network. */
  readonly pair: string;
  /** The account from the client's IPv6 site: whoever rents a /48 has 65,536 networks. */
  readonly site: string | undefined;
  /** The account, from wherever. */
  readonly account: string;
  /** This client network, for whatever account. */
  readonly address: string;
  /** A network from which the account's owner has signed in. */
  readonly known: string;
};

/** @param key of `deriveGuessKey`. */
export function keysOf({ backend, username, clientAddress }: Guess, key: Uint8Array): GuessKeys {
  const address = clientAddress === undefined ? 'unknown' : networkOfClient(clientAddress);
  const site = clientAddress === undefined ? undefined : siteOfClient(clientAddress);
  const account = `${backend} ${foldUsername(username)}`;
  const keyOf = (...parts: readonly string[]) =>
    createHmac('sha256', key).update(parts.join(' ')).digest('base64url');
  return {
    pair: keyOf('pair', address, account),
    site: site === undefined ? undefined : keyOf('site', site, account),
    account: keyOf('account', account),
    address: keyOf('address', address),
    known: keyOf('known', address, account),
  };
}

/**
 * One spelling of all that a directory may take for the same name: LDAP ignores case, spaces and invisible characters
 * and compares compatible characters as equal (RFC 4518); Active Directory ignores accents too.
 */
export function foldUsername(username: string): string {
  const plain = username.normalize('NFKD').replace(/[\p{M}\p{C}\p{Z}\p{DI}\s\ufffc]/gu, '');
  // Upper case first: it makes one of `ß` and `ss`, of `ſ` and `s`, of the dotless and the usual i.
  return plain.toUpperCase().toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '');
}

/** A key of its own: hashes of this table say nothing to whoever knows another one. */
export function deriveGuessKey(encryptionKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', encryptionKey, '', 'beamgate password attempts', 32));
}
