#!/usr/bin/env node
// The `beamgate` command. Each subcommand is a file; this one only finds it.
import { isOptionMistake } from '../platform/process.ts';
import { version } from '../platform/version.ts';
import { explainCodeUsage, explainRequestUsage } from './explain-usage.ts';

const usage = `beamgate ${version}

  beamgate gateway [--config config/gateway.yaml] [--operations 127.0.0.1:9092]
      the gateway: answers a reverse proxy's questions, or is the proxy itself; --operations: health and metrics at
      another address than the file's, for a second gateway that takes over by the same file
  beamgate transfer-service [--config scicat-globus-proxy-config.yaml]
      the transfer-service, behind the gateway
  beamgate globus-proxy [--config scicat-globus-proxy-config.yaml]
      both in one process, from an old file of the SciCat Globus Proxy
  beamgate globus-proxy adopt [--yes] [--config scicat-globus-proxy-config.yaml]
      which running transfers of the SciCat Globus Proxy can be followed on; --yes: from the next start they are
  beamgate transfers release --config FILE --pid PID | --folder FOLDER [--yes]
      which destination folders of ended transfers would be free for other datasets; --yes: they are, with the service stopped
  beamgate check --config FILE
      what is wrong in a file, with line and key; exits with 0, or 2
  beamgate keys list --config FILE
      the keys that sign assertions, and the turn of each
  beamgate keys rotate [--now] --config FILE
      the next key takes over, without a refused request; --now: for a leaked one, every key is withdrawn at once
  ${explainRequestUsage}
      what the gateway would decide of that request, by which rule, and why no earlier one
  ${explainCodeUsage}
      what became of the request that was refused with this code: asked of the services that run here, or of a log (- for
      standard input)
`;

const commands: Readonly<Record<string, () => Promise<unknown>>> = {
  gateway: () => import('../gateway/main.ts'),
  'transfer-service': () => import('../transfer-service/main.ts'),
  'globus-proxy': () => import('./globus-proxy.ts'),
  check: () => import('./check.ts'),
  explain: () => import('./explain.ts'),
  keys: () => import('./keys.ts'),
  transfers: () => import('./transfers.ts'),
};

const [name = '--help', ...options] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (name === '--help' || name === 'help' || options.includes('--help')) {
  console.log(usage);
} else if (command !== undefined) {
  // The services read the command line themselves, as they do when they are started by their own file.
  process.argv.splice(2, 1);
  await command().catch(refuseOptions);
} else if (name === '--version') {
  console.log(version);
} else {
  console.error(`there is no command "${name}"\n\n${usage}`);
  process.exitCode = 2;
}

/** @throws whatever is no mistake in the command line. */
function refuseOptions(error: unknown): void {
  if (!isOptionMistake(error)) throw error;
  console.error(`${error.message}\n\nbeamgate --help says what there is`);
  process.exitCode = 2;
}
