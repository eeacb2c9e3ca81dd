// What signs people in, of every provider, over reloads: one whose configuration did not change keeps what it has found
// out about its issuer.
import { isSameConfig } from '../../platform/config/secrets.ts';
import { createDispatcher } from '../../platform/dispatcher.ts';
import type { WebProxies } from '../../platform/web-proxies.ts';
import type { Provider } from '../config-providers.ts';
import { createScicatAccounts, type ScicatAccounts } from './scicat-accounts.ts';
import { SignInClient, type SignInParts } from './sign-in-client.ts';

type Known = { readonly provider: Provider; readonly signsIn: SignInClient | ScicatAccounts };

export class SignInProviders {
  readonly #webProxies: WebProxies;
  readonly #parts: Omit<SignInParts, 'dispatcher'>;
  #known: readonly Known[] = [];

  constructor(webProxies: WebProxies, parts: Omit<SignInParts, 'dispatcher'> = {}) {
    this.#webProxies = webProxies;
    this.#parts = parts;
  }

  signInFor(providers: readonly Provider[]): {
    readonly clients: ReadonlyMap<string, SignInClient>;
    readonly accounts: ReadonlyMap<string, ScicatAccounts>;
  } {
    this.#known = providers.flatMap((provider) => this.#keepOrBuild(provider));
    const clients = new Map<string, SignInClient>();
    const accounts = new Map<string, ScicatAccounts>();
    for (const { provider, signsIn } of this.#known) {
      if (signsIn instanceof SignInClient) clients.set(provider.name, signsIn);
      else accounts.set(provider.name, signsIn);
    }
    return { clients, accounts };
  }

  #keepOrBuild(provider: Provider): readonly Known[] {
    const known = this.#known.find((candidate) => isSameConfig(candidate.provider, provider));
    if (known !== undefined) return [known];
    const parts = {
      ...this.#parts,
      dispatcher: createDispatcher({ caFile: provider.caFile, webProxies: this.#webProxies }),
    };
    switch (provider.kind) {
      case 'oidc': {
        const { signIn } = provider;
        return signIn === undefined
          ? []
          : [{ provider, signsIn: new SignInClient({ ...provider, signIn }, parts) }];
      }
      case 'scicat': {
        const { signIn } = provider;
        return signIn === undefined
          ? []
          : [{ provider, signsIn: createScicatAccounts({ ...provider, signIn }, parts) }];
      }
    }
  }
}
