// The path and query that an app is asked for in standalone mode: the client's, byte for byte, less the prefix of the
// app's URL where it is to be removed. Pure.
import type { App, ForwardedRequest } from '../types.ts';

export function upstreamTarget({ target }: Pick<ForwardedRequest, 'target'>, app: App): string {
  if (app.upstream?.removesPrefix !== true) return target;
  const at = target.indexOf('?');
  const [path, query] = at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at)];
  const below = path.split('/').slice(1 + app.prefix.length);
  return `/${below.join('/')}${query}`;
}
