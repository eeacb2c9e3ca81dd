// Takes the body of `POST /transfer` from the network, a few long ones at a time.
import type { Context, HonoRequest, MiddlewareHandler } from 'hono';
import pLimit from 'p-limit';
import { inSlices } from './in-slices.ts';
import { bodyRefusal, type ReadFiles, TransferBodyReader } from './transfer-body.ts';

/** 400,000 entries of a file list are some 64 MB. */
export const maxBodyBytes = 128 * 1024 * 1024;
/** Longer bodies wait for their turn, since the files that they name are held until they are stored. */
const smallBodyBytes = 1024 * 1024;
const largeBodiesAtOnce = 3;

/** Whatever `Content-Type` says, the body is read as JSON. */
export async function readFileList(request: HonoRequest): Promise<ReadFiles> {
  const encoding = request.header('content-encoding')?.toLowerCase() ?? 'identity';
  // A few compressed bytes can become a great many.
  if (encoding !== 'identity') return bodyRefusal('is compressed; send it as it is');
  const reader = new TransferBodyReader();
  for await (const bytes of request.raw.body ?? []) await inSlices(reader.add(bytes));
  return reader.end();
}

/** Requests with long bodies are handled a few at a time; the bodies of the others stay in the network until then. */
export function limitLargeBodies(): MiddlewareHandler {
  const limit = pLimit(largeBodiesAtOnce);
  return (context, next) => (isLarge(context) ? limit(next) : next());
}

/** A client that says no length may send any. */
function isLarge({ req }: Context): boolean {
  const length = req.header('content-length');
  return length === undefined ? req.raw.body !== null : Number(length) > smallBodyBytes;
}
