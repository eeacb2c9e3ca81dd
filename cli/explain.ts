// `beamgate explain --config FILE [--user U ...] METHOD URL`: the decision, and why it is this one.
import { parseArgs } from 'node:util';
import { readFile } from '../platform/config/read-file.ts';
import { explainRequest } from './explain-request.ts';

const text = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  options: {
    config: text,
    user: text,
    groups: text,
    roles: text,
    realm: text,
    from: text,
    app: text,
    'label-groups': text,
  },
  allowPositionals: true,
});
const [method, url, ...others] = positionals;
if (values.config === undefined || method === undefined || url === undefined || others.length > 0) {
  console.error('which request? beamgate explain --config FILE [--user U --groups A,B] METHOD URL');
  process.exitCode = 2;
} else {
  const sources = { readFile, environment: process.env };
  const { lines, isAnswered } = await explainRequest(values.config, sources, {
    ...values,
    labelGroups: values['label-groups'],
    method,
    url,
  });
  for (const line of lines) console.log(line);
  process.exitCode = isAnswered ? 0 : 2;
}
