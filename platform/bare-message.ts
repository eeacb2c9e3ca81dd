// A request of which nobody reads more than the method, the URL and the raw headers. Node looks at three headers of
// each request itself, and makes an object of all of them for that: here it finds those three and no others.
import { IncomingMessage } from 'node:http';

export class BareMessage extends IncomingMessage {}

/** What node:http's server asks of a request's headers: whether a body comes, and whether the client waits to send it. */
const readByNode: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'expect']);
const lengths: ReadonlySet<number> = new Set([...readByNode].map(({ length }) => length));

Object.defineProperty(BareMessage.prototype, 'headers', {
  get(this: IncomingMessage) {
    let headers: Record<string, string> | undefined;
    for (let index = 0; index + 1 < this.rawHeaders.length; index += 2) {
      const name = this.rawHeaders[index] ?? '';
      if (!lengths.has(name.length) || !readByNode.has(name.toLowerCase())) continue;
      headers ??= {};
      headers[name.toLowerCase()] ??= this.rawHeaders[index + 1] ?? '';
    }
    return headers ?? none;
  },
});

const none = Object.freeze({});
