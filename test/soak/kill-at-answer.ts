// Loaded before a command (`node --import`): it ends as by kill -9 when the answer with a certain header has come in as
// a whole, before anything is done with it. Which answer that is, the simulator decides.
import { subscribe } from 'node:diagnostics_channel';
import { z } from 'zod';
import { endHeader } from './end-header.ts';

const object = z.custom<object>((value) => typeof value === 'object' && value !== null);
const begun = z.object({ request: object, response: z.object({ headers: z.array(z.unknown()) }) });
const complete = z.object({ request: object });
const meant = new WeakSet<object>();

subscribe('undici:request:headers', (message) => {
  const { request, response } = begun.parse(message);
  if (response.headers.some((header) => String(header) === endHeader)) meant.add(request);
});

subscribe('undici:request:trailers', (message) => {
  if (meant.has(complete.parse(message).request)) process.kill(process.pid, 'SIGKILL');
});
