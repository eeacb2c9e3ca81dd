// `npm run demo`: a dataset moves, as the Ingestor asks for it, through proxy, gateway and transfer-service to Globus,
// and three requests do not. Stays up until Ctrl-C; with `--once` ends with 0 when everything was as it should be.
import { parseArgs } from 'node:util';
import { field, type Told } from '../end-to-end/ask.ts';
import { findDifferences } from '../end-to-end/compare-files.ts';
import { createIngestor, signIn } from '../end-to-end/ingestor.ts';
import { type Site, startSite } from '../end-to-end/site.ts';
import { bold, dim, green, heading, line, progressBar, red } from './print.ts';

const { values } = parseArgs({
  options: { once: { type: 'boolean', default: false }, standalone: { type: 'boolean', default: false } },
});

const site = await startSite({
  facility: { fileBytes: 6_000_000, globus: { bytesPerSecond: 3_000_000 } },
  hasPeople: true,
  ...(values.standalone ? { proxy: 'standalone' as const } : {}),
});
let isGood = false;
try {
  isGood = await play(site);
} catch (error) {
  line(red(error instanceof Error ? error.message : String(error)));
}
if (!isGood) showLogs(site);
if (values.once) {
  await end(isGood ? 0 : 1);
} else {
  invite(site, await signIn(site, site.facility.accounts.alice));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(isGood ? 0 : 1));
}

async function play(site: Site): Promise<boolean> {
  heading('Beamgate');
  line(`proxy             ${site.proxy.name}`);
  line('SciCat, Globus    simulated; Globus really copies the files');
  return (await transferAsTheIngestor(site)) && (await showRefusals(site));
}

async function transferAsTheIngestor(site: Site): Promise<boolean> {
  const { facility } = site;
  const { run7 } = facility.datasets;
  heading('A transfer, as the Ingestor asks for it');
  const ingestor = createIngestor(site, await signIn(site, facility.accounts.alice));
  line(`alice has signed in to SciCat and asks for ${run7.pid}`);
  line(
    dim(
      `POST ${site.transferUrl}/transfer?sourceFacility=FAC-A&destFacility=FAC-B&scicatPid=…&collectionRootPath=${facility.collectionRootPath}`,
    ),
  );
  const told = await ingestor.requestTransfer({ ...requestOf(site, run7.pid), autoArchive: true });
  const jobId = field(told, 'jobId');
  if (typeof jobId !== 'string') {
    line(red(`not accepted: ${told.status} ${told.body}`));
    return false;
  }
  line(`${green(String(told.status))} SciCat job ${jobId}`);
  const status = await follow(ingestor, jobId);
  return judge(site, jobId, status);
}

async function follow(ingestor: ReturnType<typeof createIngestor>, jobId: string): Promise<Told> {
  const bar = progressBar('moving');
  for (;;) {
    const status = await ingestor.readStatus(jobId);
    const [moved, total] = [
      Number(field(status, 'bytesTransferred') ?? 0),
      Number(field(status, 'bytesTotal') ?? 0),
    ];
    bar.update(
      total > 0 ? moved / total : 0,
      `${String(field(status, 'status'))}, ${moved} of ${total} bytes`,
    );
    if (['finished', 'failed', 'cancelled'].includes(String(field(status, 'status')))) {
      bar.end();
      return status;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function judge({ facility }: Site, jobId: string, status: Told): Promise<boolean> {
  const { run7 } = facility.datasets;
  const job = facility.scicat.job(jobId);
  const source = `${facility.source.folder}/${run7.relativeFolder}`;
  const destination = `${facility.destination.folder}/${run7.ownerGroup}/${run7.pid.split('/').at(-1)}`;
  const differences = await findDifferences(
    source,
    destination,
    run7.files.map(({ path }) => path),
  );
  const archived = facility.scicat.jobs().some(({ type }) => type === 'archive');
  const facts: readonly (readonly [boolean, string])[] = [
    [
      field(status, 'status') === 'finished',
      `the transfer-service says ${String(field(status, 'status'))}: ${String(field(status, 'message'))}`,
    ],
    [job?.statusCode === '003', `the SciCat job says ${job?.statusCode} ${job?.statusMessage}`],
    [
      differences.length === 0,
      differences.length === 0
        ? `${run7.files.length} files arrived, byte for byte`
        : `these differ: ${differences.join(', ')}`,
    ],
    [archived, 'the dataset is marked archivable, and its archive job is made'],
  ];
  for (const [isTrue, text] of facts) line(`${isTrue ? green('✔') : red('✘')} ${text}`);
  return facts.every(([isTrue]) => isTrue);
}

async function showRefusals(site: Site): Promise<boolean> {
  const { accounts, datasets } = site.facility;
  heading('Three requests that are refused');
  const alice = createIngestor(site, await signIn(site, accounts.alice));
  const bob = createIngestor(site, await signIn(site, accounts.bob));
  const nobody = createIngestor(site, undefined);
  const refusals = [
    {
      what: 'no token',
      expected: 401,
      told: await nobody.requestTransfer(requestOf(site, datasets.run7.pid)),
    },
    {
      what: 'bob, who may not read from FAC-A',
      expected: 403,
      told: await bob.requestTransfer(requestOf(site, datasets.bobs.pid)),
    },
    {
      what: "alice asks for bob's dataset",
      expected: 403,
      told: await alice.requestTransfer(requestOf(site, datasets.bobs.pid)),
    },
  ];
  for (const { what, expected, told } of refusals) {
    line(
      `${told.status === expected ? green('✔') : red('✘')} ${what.padEnd(34)} ${bold(String(told.status))} ${String(field(told, 'message'))}`,
    );
  }
  return refusals.every(({ expected, told }) => told.status === expected);
}

/** Only of a demo that went wrong: it is ours to know why. */
function showLogs({ gateway, transferLog }: Site): void {
  heading('It went wrong; the last log lines of both services');
  for (const text of [...gateway.log.slice(-10), ...transferLog.slice(-15)]) line(dim(text.trim()));
}

function requestOf({ facility }: Site, pid: string) {
  return {
    sourceFacility: facility.source.name,
    destFacility: facility.destination.name,
    scicatPid: pid,
    collectionRootPath: facility.collectionRootPath,
  };
}

/** Three people with different groups, at an identity provider without passwords. */
function inviteToDashboards({ people, publicUrl, proxy }: Site): void {
  if (people === undefined) return;
  heading('Dashboards, with a browser');
  line(
    `${publicUrl}/   the portal${proxy.scheme === 'https' ? ' (a certificate that Traefik made itself: go on past the warning)' : ''}`,
  );
  for (const { title, url, who } of people.dashboards) line(`${url}   ${title}: ${who} may open it`);
  line(
    `sign in with "Lab account" as ${[...people.idp.accounts.values()].map(({ name, groups }) => `${name} (${groups.join(', ') || 'no groups'})`).join(', ')}`,
  );
  line(
    'or with "SciCat", by an account of those below; change the account, sign out in one, look at the other',
  );
}

function invite(site: Site, token: string): void {
  inviteToDashboards(site);
  const insecure = site.proxy.scheme === 'https' ? ' -k' : '';
  const { accounts, datasets, collectionRootPath } = site.facility;
  const query = new URLSearchParams({
    sourceFacility: 'FAC-A',
    destFacility: 'FAC-B',
    scicatPid: datasets.linked.pid,
    collectionRootPath,
  });
  heading('Try it');
  line(
    `${site.transferUrl}/docs/index.html   the REST interface, in a browser${insecure === '' ? '' : ' (a certificate that Traefik made itself)'}`,
  );
  line(`${site.publicUrl}/whoami`);
  line(
    `http://127.0.0.1:${site.operationsPorts.gateway}/metrics, http://127.0.0.1:${site.operationsPorts.transfer}/health/ready`,
  );
  line();
  line(
    `accounts at SciCat (${site.facility.scicat.url}): ${Object.values(accounts)
      .map(({ username, password }) => `${username}/${password}`)
      .join('  ')}`,
  );
  line();
  line(dim("# alice's token, for an hour"));
  line(`TOKEN=${token}`);
  line(`curl -s${insecure} -H "SciCat-API-Key: $TOKEN" ${site.publicUrl}/whoami`);
  line(`curl -s${insecure} -H "SciCat-API-Key: $TOKEN" ${site.transferUrl}/transfer`);
  line(`curl -s${insecure} -H "SciCat-API-Key: $TOKEN" -X POST '${site.transferUrl}/transfer?${query}'`);
  heading('Ctrl-C ends it, and leaves nothing behind.');
}

async function end(code: number): Promise<void> {
  await site.stop();
  process.exit(code);
}
