// Builds `dist/` for `npm pack`: the services and the command as JavaScript, with the files that they read at run time.
// Tests, simulators and source maps stay out of the package.
import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
/** Read at run time from beside the module that serves them; the compiler copies only what modules import. */
const assets = ['transfer-service/openapi.yaml'];

rmSync(`${root}dist`, { recursive: true, force: true });
execFileSync(`${root}node_modules/.bin/tsc`, ['-p', 'tsconfig.package.json'], {
  cwd: root,
  stdio: 'inherit',
});
for (const asset of assets) copyFileSync(`${root}${asset}`, `${root}dist/${asset}`);
