// A decision in words, for the admin: which rule of the file made it, why each earlier one did not, and what almost fit.
import { nearMisses } from './policy/near-misses.ts';
import { messageOf } from './reasons.ts';
import type { Tried } from './trial.ts';
import type { Decision, ForwardedRequest, Rule } from './types.ts';

/** @param file the name that lines are given with. @returns one text a line. */
export function explain(
  { decision, looked }: Tried,
  request: ForwardedRequest,
  file: string,
): readonly string[] {
  const app = 'app' in decision ? decision.app : undefined;
  return [
    `${decision.outcome} (${decision.reason})${app === undefined ? '' : `, app ${app.name}`}`,
    ...looked.map(({ rule, misfit }) => {
      const why = misfit === undefined ? 'decides' : wordsOf[misfit](rule, request);
      return `  ${rule.line === 0 ? 'built in' : `${file}:${rule.line}`} ${rule.id}: ${why}`;
    }),
    ...hintsOf(decision).map((hint) => `  ${hint}`),
  ];
}

/** What makes a refusal understandable besides its rule. */
export function hintsOf(decision: Decision): readonly string[] {
  switch (decision.outcome) {
    case 'allow':
    case 'sign_out':
      return [];
    case 'authenticate':
      return [messageOf(decision.reason), ...(decision.detail === undefined ? [] : [decision.detail])];
    case 'forbid':
      return [decision.detail ?? messageOf(decision.reason), ...nearMisses(decision)];
    case 'malformed':
      return [decision.detail];
  }
}

const wordsOf = {
  paths: ({ paths }: Rule) =>
    `its paths do not fit: ${paths === 'any' ? '' : paths.map(({ text }) => text).join(', ')}`,
  methods: ({ methods }: Rule, { method }: ForwardedRequest) =>
    `its methods do not fit: ${methods === 'any' ? '' : [...methods].join(', ')}, and this is ${method ?? 'none'}`,
  networks: ({ networks }: Rule, { clientAddress }: ForwardedRequest) =>
    `its networks do not fit: ${networks === 'any' ? '' : networks.texts.join(', ')}, and this comes from ${clientAddress ?? 'nowhere'}`,
  observed: () => 'fits, and only observes',
} as const;
