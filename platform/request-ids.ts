// Names for requests that bring none, such as `3q2-7wAAVVrM-1z4`: by chance for the process, in turn within it. Nobody is
// let in by one, so that it may be guessed; to draw each by chance takes ten times as long.
import { randomBytes } from 'node:crypto';

/** @returns what gives another one each time, also after a restart and beside other processes. */
export function createRequestIds(): () => string {
  const beginning = randomBytes(9).toString('base64url');
  let count = 0;
  return () => {
    count += 1;
    return `${beginning}-${count.toString(36)}`;
  };
}
