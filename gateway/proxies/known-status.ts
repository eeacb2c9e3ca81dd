// Turns a status that an app's clients cannot read into one that they can. Clients generated from the description of the
// SciCat Globus Proxy lose the message of any other status, and of a 503 on DELETE. Pure.
import type { Answer, App } from '../types.ts';

export function toKnownStatus(
  answer: Answer,
  app: Pick<App, 'statuses'>,
  method: string | undefined,
): Answer {
  if (app.statuses === 'any' || answer.status < 400) return answer;
  return { ...answer, status: knownStatus(answer.status, method) };
}

function knownStatus(status: number, method: string | undefined): number {
  if (status > 500) return method === 'DELETE' ? 500 : 503;
  return [400, 401, 403, 500].includes(status) ? status : 400;
}
