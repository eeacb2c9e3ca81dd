// The simulators as a process of their own, for the demo in containers: SciCat on 3000, Globus on 3001. What the
// transfer-service needs to sign in to them is made anew at each start and written to the folder given.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startFacility } from './facility.ts';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    scicat: { type: 'string', default: '3000' },
    globus: { type: 'string', default: '3001' },
    secrets: { type: 'string' },
  },
});
const { host, secrets } = values;
const facility = await startFacility({
  scicat: { host, port: Number(values.scicat) },
  globus: { host, port: Number(values.globus) },
});
if (secrets !== undefined) {
  const { globusAccount, accounts } = facility;
  mkdirSync(secrets, { recursive: true });
  for (const [name, value] of [
    ['globus-client-id', globusAccount.clientId],
    ['globus-client-secret', globusAccount.clientSecret],
    ['scicat-username', accounts.svcAdmin.username],
    ['scicat-password', accounts.svcAdmin.password],
  ] as const)
    writeFileSync(join(secrets, name), `${value}\n`, { mode: 0o600 });
}
const { alice } = facility.accounts;
console.log(`alice signs in with "${alice.password}"; her dataset is ${facility.datasets.run7.pid}`);
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void facility.stop().then(() => process.exit(0)));
