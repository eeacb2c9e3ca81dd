// A decision in words, for the admin: which rule of the file made it, why each earlier one did not, and what almost fit.
import { announcedMethod } from './policy/match.ts';
import { nearMisses } from './policy/near-misses.ts';
import { messageOf } from './reasons.ts';
import type { Tried } from './trial.ts';
import type { App, Decision, ForwardedRequest, Rule } from './types.ts';

/** @param file the name that lines are given with. @returns one text a line. */
export function explain(
  { decision, looked }: Tried,
  request: ForwardedRequest,
  file: string,
): readonly string[] {
  const app = 'app' in decision ? decision.app : undefined;
  const circumstances = { method: methodIn(request, app), clientAddress: request.clientAddress };
  return [
    `${decision.outcome} (${decision.reason})${app === undefined ? '' : `, app ${app.name}`}`,
    ...looked.map(({ rule, misfit }) => {
      const why = misfit === undefined ? 'decides' : wordsOf[misfit](rule, circumstances);
      return `  ${rule.line === 0 ? 'built in' : `${file}:${rule.line}`} ${rule.id}: ${why}`;
    }),
    ...hintsOf(decision, request).map((hint) => `  ${hint}`),
  ];
}

/** What makes a refusal understandable besides its rule. */
export function hintsOf(
  decision: Decision,
  request: Pick<ForwardedRequest, 'namedGroups'>,
): readonly string[] {
  switch (decision.outcome) {
    case 'allow':
    case 'sign_out':
      return [];
    case 'authenticate':
      return [messageOf(decision.reason), ...(decision.detail === undefined ? [] : [decision.detail])];
    case 'forbid':
      return [
        decision.detail ?? messageOf(decision.reason),
        ...nearMisses(decision, request),
        ...(decision.identity?.claimProblems ?? []),
      ];
    case 'malformed':
      return [decision.detail];
  }
}

type Circumstances = { readonly method: string; readonly clientAddress: string | undefined };

/** As the rules were looked at with: a preflight asks for the method that it announces. */
function methodIn(request: ForwardedRequest, app: App | undefined): string {
  const announced = app?.passesPreflight === true ? announcedMethod(request) : undefined;
  return announced === undefined
    ? `this is ${request.method ?? 'none'}`
    : `this preflight announces ${announced}`;
}

const wordsOf = {
  paths: ({ paths }: Rule) =>
    `its paths do not fit: ${paths === 'any' ? '' : paths.map(({ text }) => text).join(', ')}`,
  methods: ({ methods }: Rule, { method }: Circumstances) =>
    `its methods do not fit: ${methods === 'any' ? '' : [...methods].join(', ')}, and ${method}`,
  networks: ({ networks }: Rule, { clientAddress }: Circumstances) =>
    `its networks do not fit: ${networks === 'any' ? '' : networks.texts.join(', ')}, and this comes from ${clientAddress ?? 'nowhere'}`,
  observed: () => 'fits, and only observes',
} as const;
