// The issuer's keys: made on demand, published until they are withdrawn, the newest of its kind signs.
import { randomUUID } from 'node:crypto';
import { CompactSign, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';

export type Keys = {
  /** @returns the new key's id. RSA keys say no `alg`, so that they serve RS256 to PS512. */
  add(algorithm: string): Promise<string>;
  /** Not published any more; it can still sign. */
  withdraw(keyId: string): void;
  /** RFC 7517 */
  published(): { readonly keys: readonly JWK[] };
  /** @param header besides `alg`, `typ` and `kid`; a value `undefined` leaves one out. */
  sign(payload: string | Uint8Array, header: Readonly<Record<string, unknown>>): Promise<string>;
};

type Key = {
  readonly id: string;
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
  isPublished: boolean;
};

export function createKeys(): Keys {
  const keys: Key[] = [];
  return {
    async add(algorithm) {
      const pair = await generateKeyPair(algorithm, { extractable: true });
      const id = randomUUID();
      const publicJwk = { ...(await exportJWK(pair.publicKey)), kid: id, use: 'sig' };
      keys.unshift({ id, privateJwk: await exportJWK(pair.privateKey), publicJwk, isPublished: true });
      return id;
    },
    withdraw(keyId) {
      for (const key of keys) if (key.id === keyId) key.isPublished = false;
    },
    published: () => ({
      keys: keys.filter(({ isPublished }) => isPublished).map(({ publicJwk }) => publicJwk),
    }),
    async sign(payload, header) {
      const algorithm = typeof header.alg === 'string' ? header.alg : 'RS256';
      const key = keys.find(({ publicJwk }) => fits(publicJwk, algorithm));
      if (key === undefined)
        throw new Error(`the issuer has no key for ${algorithm}: keys.add('${algorithm}')`);
      const protectedHeader = { typ: 'JWT', kid: key.id, ...header, alg: algorithm };
      return new CompactSign(typeof payload === 'string' ? Buffer.from(payload) : payload)
        .setProtectedHeader(withoutUndefined(protectedHeader))
        .sign(await importJWK(key.privateJwk, algorithm), { crit: understood(header.crit) });
    },
  };
}

const curves: Readonly<Record<string, string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
};

function fits({ kty, crv }: JWK, algorithm: string): boolean {
  return /^[RP]S/.test(algorithm) ? kty === 'RSA' : crv === curves[algorithm];
}

/** jose signs no extension that it is not told of. */
function understood(crit: unknown): Readonly<Record<string, boolean>> {
  return Object.fromEntries(Array.isArray(crit) ? crit.map((name) => [String(name), true]) : []);
}

function withoutUndefined<Value extends object>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}
