// What signs people in, and out by the provider's word, of every provider, over reloads: one whose configuration did not
// change keeps what it has found out about its issuer, one that is gone has its connections closed.
import type { Dispatcher } from 'undici';
import { machineClock } from '../../platform/clock.ts';
import { isSameConfig } from '../../platform/config/secrets.ts';
import { createDispatcher } from '../../platform/dispatcher.ts';
import type { WebProxies } from '../../platform/web-proxies.ts';
import type { Provider } from '../config-providers.ts';
import { createLogoutReader, type ReadLogout } from '../sessions/backchannel-logout.ts';
import { createScicatAccounts, type ScicatAccounts } from './scicat-accounts.ts';
import { SignInClient, type SignInParts } from './sign-in-client.ts';

type Known = {
  readonly provider: Provider;
  readonly dispatcher: Dispatcher;
  readonly client?: SignInClient;
  readonly accounts?: ScicatAccounts;
  readonly readLogout?: ReadLogout;
};

export type SignIns = {
  readonly clients: ReadonlyMap<string, SignInClient>;
  readonly accounts: ReadonlyMap<string, ScicatAccounts>;
  readonly logoutReaders: ReadonlyMap<string, ReadLogout>;
};

type Options = Omit<SignInParts, 'dispatcher'> & {
  readonly webProxies: WebProxies;
  /** How long a provider that is gone is still asked what a sign-in that has begun asks. */
  readonly leaveMs?: number;
};

/** Longer than a sign-in waits for its provider. */
const usualLeaveMs = 60_000;

export class SignInProviders {
  readonly #options: Options;
  #known: readonly Known[] = [];

  constructor(options: Options) {
    this.#options = options;
  }

  signInFor(providers: readonly Provider[]): SignIns {
    const built = providers.map((provider) => this.#keepOrBuild(provider));
    this.#known = [...new Set([...this.#known, ...built])];
    return {
      clients: byName(built, ({ client }) => client),
      accounts: byName(built, ({ accounts }) => accounts),
      logoutReaders: byName(built, ({ readLogout }) => readLogout),
    };
  }

  /** The connections of all others are closed, in a while. */
  keepOnly(providers: readonly Provider[]): void {
    const isKept = (known: Known) => providers.some((provider) => isSameConfig(known.provider, provider));
    const gone = this.#known.filter((known) => !isKept(known));
    if (gone.length === 0) return;
    this.#known = this.#known.filter(isKept);
    const close = () => gone.forEach(({ dispatcher }) => void dispatcher.close());
    setTimeout(close, this.#options.leaveMs ?? usualLeaveMs).unref();
  }

  #keepOrBuild(provider: Provider): Known {
    const known = this.#known.find((candidate) => isSameConfig(candidate.provider, provider));
    return known ?? this.#build(provider);
  }

  #build(provider: Provider): Known {
    const { webProxies, leaveMs: _, clock = machineClock, ...more } = this.#options;
    const dispatcher = createDispatcher({ caFile: provider.caFile, webProxies });
    const parts = { ...more, clock, dispatcher };
    if (provider.signIn === undefined) return { provider, dispatcher };
    switch (provider.kind) {
      case 'oidc': {
        const signing = { ...provider, signIn: provider.signIn };
        const client = new SignInClient(signing, parts);
        return { provider, dispatcher, client, readLogout: createLogoutReader(signing, parts) };
      }
      case 'scicat': {
        const accounts = createScicatAccounts({ ...provider, signIn: provider.signIn }, parts);
        return { provider, dispatcher, accounts };
      }
    }
  }
}

function byName<Part>(
  known: readonly Known[],
  partOf: (known: Known) => Part | undefined,
): ReadonlyMap<string, Part> {
  const pairs = known.flatMap((one) => {
    const part = partOf(one);
    return part === undefined ? [] : [[one.provider.name, part] as const];
  });
  return new Map(pairs);
}
