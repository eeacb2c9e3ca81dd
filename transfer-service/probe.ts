// Looks whether credentials, scopes and the SciCat account work, at the start and again and again: an operator must not
// learn of a wrong secret from the first transfer that needs it.
import type { Dependencies } from '../platform/dependencies.ts';
import type { Logger } from '../platform/log.ts';
import { Unavailable } from '../platform/unavailable.ts';
import type { Clients } from './clients.ts';
import type { Facility } from './types.ts';

export type ProbeParts = {
  readonly clients: () => Clients;
  readonly facilities: () => ReadonlyMap<string, Facility>;
  readonly dependencies: Dependencies;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** @returns the probe; it never throws. */
export function createProbe(parts: ProbeParts): () => Promise<void> {
  return async () => {
    const facilities = [...parts.facilities().values()];
    parts.dependencies.keepFacilities(facilities.map(({ name }) => name));
    await Promise.all([probeScicat(parts), ...facilities.map((facility) => probeFacility(parts, facility))]);
  };
}

async function probeScicat(parts: ProbeParts): Promise<void> {
  try {
    await parts.clients().scicat.probe(parts.signal);
    parts.dependencies.succeeded('scicat');
  } catch (error) {
    note(parts, error);
  }
}

async function probeFacility(parts: ProbeParts, { name, scopes }: Facility): Promise<void> {
  try {
    const unknown = await parts.clients().globus.fetchUnavailableScopes(scopes, parts.signal);
    parts.dependencies.succeeded('globus-auth');
    if (unknown.length === 0) return parts.dependencies.succeeded('globus-auth', name);
    const message = `facility ${name}: Globus Auth knows no such scope: ${unknown.join(' ')}. Correct the facility's \`scopes\` or \`collection\``;
    tell(parts, { name: 'globus-auth', facility: name, reason: 'misconfigured', message });
  } catch (error) {
    note(parts, error, name);
  }
}

function note(parts: ProbeParts, error: unknown, facility?: string): void {
  if (parts.signal.aborted) return;
  if (!(error instanceof Unavailable)) return void parts.log.error({ error }, 'the probe failed');
  const { dependency: name, reason, message } = error;
  tell(parts, { name, facility: undefined, reason, message });
  if (facility !== undefined) tell(parts, { name, facility, reason, message });
}

type Trouble = {
  readonly name: string;
  readonly facility: string | undefined;
  readonly reason: string;
  readonly message: string;
};

function tell({ dependencies, log }: ProbeParts, { name, facility, reason, message }: Trouble): void {
  const isKnown = dependencies
    .report()
    .some((one) => one.name === name && one.facility === facility && one.message === message);
  dependencies.explain(name, { reason, message }, facility);
  if (isKnown || reason !== 'misconfigured') return;
  log.error({ dependency: name, facility, reason, message }, 'a dependency is misconfigured');
}
