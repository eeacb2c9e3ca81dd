// `beamgate explain CODE`: what became of a request whose code somebody reads out. `beamgate explain --config FILE [--user
// U ...] METHOD URL`: what would become of one, and why. With `--claims FILE`: who somebody is by these claims.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { readFile } from '../platform/config/read-file.ts';
import { explainCode } from './explain-code.ts';
import { type Explained, explainRequest } from './explain-request.ts';
import { explainCodeUsage, explainRequestUsage } from './explain-usage.ts';

const text = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  options: {
    ...{ config: text, user: text, groups: text, roles: text, realm: text, from: text, app: text },
    ...{ claims: text, provider: text },
    ...{ header: { ...text, multiple: true }, credential: text },
    ...{ 'label-groups': text, log: text, operations: { ...text, multiple: true } },
  },
  allowPositionals: true,
});

const explained = await explainWhatIsAsked();
for (const line of explained.lines) console.log(line);
process.exitCode = explained.isAnswered ? 0 : 2;

async function explainWhatIsAsked(): Promise<Explained> {
  const [first, url, ...others] = positionals;
  if (first !== undefined && url === undefined) return explainCode({ heard: first, ...whereToLook() });
  const isAsked = url !== undefined || values.claims !== undefined;
  if (values.config === undefined || !isAsked || others.length > 0) {
    return {
      isAnswered: false,
      lines: ['which code, or which request?', explainCodeUsage, explainRequestUsage],
    };
  }
  const labelGroups = values['label-groups'];
  const asked = { ...values, labelGroups, method: first, url };
  return explainRequest(values.config, { readFile, environment: process.env }, asked);
}

/** `--log -`: standard input, so that journalctl or docker logs can be piped in. */
function whereToLook() {
  const { log, operations = ['127.0.0.1:9091', '127.0.0.1:9092'] } = values;
  if (log === undefined) return { operations, log: undefined };
  const input = log === '-' ? process.stdin : createReadStream(log);
  return { operations, log: createInterface({ input }) };
}
