// An allowed request -> what it takes along to the app: identity headers with the assertion, and what is left of its
// own credentials. Groups are never cut to size: who is told half of them decides wrongly.
import { writeOnce } from '../platform/plain-answer.ts';
import type { Assertions, Signed } from './assertion.ts';
import { remainingCredentials } from './proxies/credential-headers.ts';
import type { Unsendable } from './proxies/header-encoding.ts';
import { pairsOf } from './proxies/headers.ts';
import { identityHeaders } from './proxies/identity-headers.ts';
import type { Passport, Site } from './proxies/render.ts';
import { setHeaders } from './proxies/set-headers.ts';
import type { Allow, Forbid, Identity, RawHeaders, Rule } from './types.ts';

const maxIdentityBytes = 6 * 1024;

type Holder = { readonly headers: RawHeaders };

export type PassportParts = {
  readonly assertions: Assertions;
  readonly site: Pick<Site, 'credentialHeaders'>;
};

export type Passports = {
  /** @returns the passport, or the refusal `identity_too_large` or `identity_unsendable`. @throws Unavailable when no assertion can be signed. */
  issue(decision: Allow, request: Holder): Passport | Forbid;
};

export function createPassports({ assertions, site }: PassportParts): Passports {
  const writer = new Writer(assertions);
  const issue = (decision: Allow, request: Holder): Passport | Forbid => {
    const { app, rule, identity } = decision;
    const written = writer.write(decision);
    if ('why' in written || written.bytes > maxIdentityBytes) {
      // A public rule refuses nobody: who cannot be named passes as nobody.
      return rule.allow.kind === 'public' && identity !== undefined
        ? issue({ ...decision, identity: undefined, credentialHeader: undefined }, request)
        : { outcome: 'forbid', ...refusalOf(written), app, rule, identity };
    }
    const { headers } = written;
    const credentials = remainingCredentials(request, app, decision.credentialHeader, site);
    if (credentials.length === 0) return { identityHeaders: headers, credentialHeaders: credentials };
    // A dialect that speaks in `Authorization` replaces the client's.
    const isTaken = (name: string) =>
      headers.some((taken, index) => index % 2 === 0 && taken.toLowerCase() === name.toLowerCase());
    return {
      identityHeaders: headers,
      credentialHeaders: pairsOf(credentials)
        .filter(([name]) => !isTaken(name))
        .flat(),
    };
  };
  return { issue };
}

function refusalOf(written: Written | Unsendable): Pick<Forbid, 'reason' | 'detail'> {
  return 'why' in written
    ? { reason: 'identity_unsendable', detail: written.why }
    : { reason: 'identity_too_large' };
}

type Source = Pick<Allow, 'app' | 'rule' | 'identity'>;
type Written = Source & {
  /** `undefined` of nobody. */
  readonly assertion: Signed | undefined;
  readonly headers: readonly string[];
  readonly bytes: number;
};

/** How many rules somebody may be under at one time whose headers are all at hand. */
const maxKept = 8;

/** Identity headers, the same for as long as the assertion is: most requests are of somebody who was here a moment ago. */
class Writer {
  readonly #assertions: Assertions;
  /** The latest first; of nobody by the rule. */
  readonly #kept = new WeakMap<Identity | Rule, readonly Written[]>();

  constructor(assertions: Assertions) {
    this.#assertions = assertions;
  }

  /** @throws Unavailable when no assertion can be signed. */
  write(source: Source): Written | Unsendable {
    const { app, rule, identity } = source;
    const kept = this.#kept.get(identity ?? rule) ?? [];
    const last = kept.find((one) => one.rule === rule && one.app === app);
    if (last !== undefined && this.#counts(last)) return last;
    const fresh = this.#writeAnew(source);
    if ('why' in fresh) return fresh;
    writeOnce(fresh.headers);
    this.#kept.set(identity ?? rule, [fresh, ...kept.filter((one) => one !== last)].slice(0, maxKept));
    return fresh;
  }

  #counts({ assertion }: Written): boolean {
    return assertion === undefined || this.#assertions.isCurrent(assertion);
  }

  #writeAnew({ app, rule, identity }: Source): Written | Unsendable {
    const assertion = identity === undefined ? undefined : this.#assertions.sign(identity, app);
    const ofDialect = identityHeaders(app, identity, assertion?.token ?? '');
    const ofApp = setHeaders(app, rule, identity);
    if ('why' in ofDialect) return ofDialect;
    if ('why' in ofApp) return ofApp;
    const headers = [...ofDialect, ...ofApp];
    return { app, rule, identity, assertion, headers, bytes: sizeOf(headers) };
  }
}

function sizeOf(headers: readonly string[]): number {
  return headers.reduce((bytes, text) => bytes + text.length + 2, 0);
}
