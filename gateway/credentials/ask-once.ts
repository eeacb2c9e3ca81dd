// Several rules judge one request: whoever it names is asked for once, however long verdicts are kept.
import type { NowOrLater } from '../../platform/now-or-later.ts';
import type { Authentication } from '../types.ts';
import type { Verify } from './verify.ts';

/** For one request to one app. An outage is the same for all who ask. */
export function askOnce(verify: Verify): Verify {
  const known = new Map<string, NowOrLater<Authentication>>();
  return (credential, context) => {
    const key = JSON.stringify(credential);
    const answer = known.get(key) ?? verify(credential, context);
    known.set(key, answer);
    return answer;
  };
}
