// The transfer-service's file as an admin writes it: every key, its default and what it is for. Files of the SciCat
// Globus Proxy are read as they are. The only source of the types, the JSON Schema and the reference in the README.
import { z } from 'zod';
import { caFileSchema } from '../platform/config/ca-file.ts';
import type { SecretSources } from '../platform/config/secrets.ts';
import { addressSchema } from '../platform/server.ts';
import { problemOfAbsolutePath } from './path-text.ts';
import { pathVariables } from './paths.ts';
import { parseTemplate } from './templates.ts';
import type { Template } from './types.ts';

const describe = <Schema extends z.ZodType>(schema: Schema, description: string): Schema =>
  schema.meta({ description });

/** As Go reads it: a key that is empty is a key that is not there. */
const old = <Schema extends z.ZodType>(schema: Schema) => schema.nullish();

function template<Variable extends string>(variables: readonly Variable[]) {
  return z.string().transform((text, context): Template<Variable> => {
    const parsed = parseTemplate(text, variables);
    if (parsed.kind === 'parsed') return parsed.template;
    context.addIssue({ code: 'custom', message: parsed.problem });
    return z.NEVER;
  });
}

const accessTemplate = template(['Name']);
const scopeTemplate = template(['Name', 'Collection']);
const pathTemplate = template(pathVariables);
const boundTemplate = z.string().min(1).pipe(pathTemplate);

const httpUrl = z.string().transform((text, context) => {
  const url = URL.parse(text);
  const isBase = url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  if (isBase && url.username === '' && url.password === '') return text.replace(/\/+$/, '');
  context.addIssue({
    code: 'custom',
    message: 'no address: write http(s)://host, with a port or path if need be',
  });
  return z.NEVER;
});

const scicatBase = httpUrl.refine((url) => !/\/api(\/v\d+)?$/.test(url), 'write it without /api/vN');

const absolutePath = z.string().superRefine((path, context) => {
  const problem = problemOfAbsolutePath(path);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: `no absolute path (${problem})` });
});

export const facilityShape = {
  name: describe(z.string().min(1), 'as requests name it'),
  collection: describe(z.string().min(1), "the Globus collection's UUID"),
  scopes: describe(
    old(z.array(scopeTemplate)),
    "Globus scopes; variables Name, Collection; default: the collection's data_access",
  ),
  accessPath: describe(
    old(accessTemplate),
    "path into the SciCat identity to a list of strings; default `profile.accessGroups`, the caller's groups; any other has to be among the `attributes` of this app in the gateway's file; empty: no check",
  ),
  accessValue: describe(old(accessTemplate), 'what has to be in that list; default `{{.Name}}`'),
  localUser: describe(
    z.string().min(1).optional(),
    'the account of its machine that the service account is mapped to, for mapped collections that offer several; default: as the collection chooses',
  ),
  direction: describe(old(z.enum(['SRC', 'DST', 'BOTH', ''])), 'source, destination or both; default BOTH'),
  sourcePath: describe(old(pathTemplate), 'where it is read; default `/{{ .RelativeSourceFolder }}`'),
  destinationPath: describe(old(pathTemplate), 'where it is written; default `/{{ .RelativeSourceFolder }}`'),
  collectionRoots: describe(
    z.array(absolutePath).min(1).optional(),
    'the only values of `collectionRootPath` that a request may name',
  ),
  sourceWithin: describe(boundTemplate.optional(), 'below which everything that is read has to lie'),
  destinationWithin: describe(boundTemplate.optional(), 'below which everything that is written has to lie'),
  maxConcurrency: describe(
    z.int().min(1).optional(),
    'Globus tasks from and to it at a time, counted as for `task.maxConcurrency`; default: no limit of its own',
  ),
  allowSymlinks: describe(
    z.boolean().default(true),
    'whether links of a file list are moved, as links; `false` refuses lists that name one',
  ),
};

const facility = z.looseObject(facilityShape);

/** With what files that a key names are read. */
type Sources = Pick<SecretSources, 'readFile'>;

const caFile = (sources: Sources) =>
  describe(
    caFileSchema(sources).optional(),
    "CA certificates in PEM, believed besides Node's and the machine's",
  );

const callers = (sources: Sources) =>
  z.discriminatedUnion('believe', [
    z.strictObject({
      believe: z.literal('assertion'),
      issuer: describe(httpUrl, "the gateway's publicUrl"),
      jwksUrl: describe(httpUrl, "the gateway's keys: publicUrl and `/jwks.json`"),
      caFile: caFile(sources),
      audience: describe(z.string().min(1).default('transfer'), "this app's key in the gateway's file"),
    }),
    z.strictObject({
      believe: z.literal('plain-headers'),
      trustedProxies: describe(
        z.array(z.string().min(1)).min(1),
        'the addresses or networks whose X-Auth-* headers are believed',
      ),
      wideRanges: describe(
        z.literal('anyone-in-them-may-claim-to-be-anyone').optional(),
        'accepts networks wider than /28 (IPv6: /124)',
      ),
    }),
  ]);

export const taskShape = {
  maxConcurrency: describe(
    old(z.int().min(0)),
    "Globus tasks at a time; default 3, which is how many Globus works on: more of them wait in its own queue, where a small transfer waits behind another user's big one. Tasks that are paused or wait after an error are not counted",
  ),
  queueSize: describe(old(z.int().min(0)), 'transfers that may wait; default 0: any number'),
  maxConcurrencyPerUser: describe(
    z.int().min(1).optional(),
    'how many of these may be of one user; whoever has the fewest is next in any case',
  ),
  queueSizePerUser: describe(z.int().min(0).default(0), 'how many of one user may wait; 0: any number'),
  pollInterval: describe(
    old(z.int().min(0)),
    'seconds between two requests for the status of all tasks; default 10; no more than 2 while transfers wait for their turn',
  ),
  deadlineHours: describe(
    z.number().positive().max(87_600).default(720),
    'when a transfer whose data has not arrived by then is given up, its tasks cancelled',
  ),
  stuckAfterMinutes: describe(
    z.number().positive().max(5_256_000).default(60),
    'how long nothing may come of a transfer before it is shown as stuck; tasks that are paused, or queued at Globus, are not',
  ),
  failOnMissingSource: describe(
    z.boolean().default(false),
    'whether a file that cannot be had at the source ends the transfer, instead of being waited for: it is missing, the service account may not read it, or its path means several files',
  ),
};

const task = z.looseObject(taskShape);

const globus = (sources: Sources) =>
  z.strictObject({
    authUrl: describe(httpUrl.default('https://auth.globus.org'), 'Globus Auth'),
    transferUrl: describe(httpUrl.default('https://transfer.api.globus.org'), 'the Transfer API'),
    caFile: caFile(sources),
    syncLevel: describe(
      z.enum(['exists', 'size', 'mtime', 'checksum']).default('checksum'),
      'what a file at the destination is compared by before it is left as it is',
    ),
    verifyChecksum: describe(z.boolean().default(true), 'compares checksums after the transfer'),
    encryptData: describe(z.boolean().default(true), 'encrypts what is under way'),
    preserveTimestamp: describe(
      z.boolean().default(false),
      'gives files at the destination the modification time of their source',
    ),
    storeBasePathInfo: describe(
      z.boolean().default(true),
      "lets Globus show the folder that all files of a task have in common, in its web app's history",
    ),
    itemsPerTask: describe(
      z.int().min(1).max(100_000).default(50_000),
      'files of a list in one Globus task: 50,000 are a request of some 12 MB. Fewer give other users their turn sooner, more make fewer tasks; raise `timeoutMs` where the network is slow',
    ),
    listFoldersAbove: describe(
      z.int().min(0).default(100_000),
      "a whole folder with more files than this in SciCat is handed over as SciCat's list of them, in several tasks",
    ),
    requestsPerSecond: describe(
      z.number().positive().max(10_000).default(15),
      'to the Transfer API, which lets an account ask about 20 times a second',
    ),
    deadlineHours: describe(
      z.number().positive().max(8760).optional(),
      'when Globus ends a task, counted from its submit; it is then submitted again until `task.deadlineHours`. Default: the end of the attempt by `task.deadlineHours`, since Globus would end a task without a deadline 24 hours after its submit or 72 hours after its latest progress',
    ),
    timeoutMs: describe(z.int().min(100).max(600_000).default(30_000), 'for each single exchange'),
  });

const scicat = (sources: Sources) =>
  z.strictObject({
    caFile: caFile(sources),
    timeoutMs: describe(
      z.int().min(100).max(25_000).default(10_000),
      'for each single exchange; short, since SciCat answers 401 after 30 s when its database is down',
    ),
  });

/** @param sources with what files that a key names are read. */
export const transferSchema = (sources: Sources) =>
  z.object({
    scicatUrl: describe(scicatBase, 'SciCat, without `/api/vN`'),
    port: describe(z.int().min(1).max(65535), 'where clients find the service'),
    facilities: describe(z.array(facility).min(1), 'the ends of transfers'),
    task: describe(old(task), 'how many transfers, how often Globus is asked'),
    callers: describe(
      callers(sources).optional(),
      'whose word it is who asks; `beamgate globus-proxy` sets it by itself',
    ),
    realms: describe(
      z.array(z.string().min(1)).min(1).default(['scicat']),
      "realms whose user and group names are SciCat's; a caller of any other is refused",
    ),
    globus: describe(globus(sources).prefault({}), 'how Globus is reached and what is asked of it'),
    scicat: describe(scicat(sources).prefault({}), 'how SciCat is reached'),
    database: describe(
      z
        .string()
        .regex(/^sqlite:.+/, 'sqlite:path/to/file')
        .default('sqlite:var/transfers.sqlite'),
      'where transfers are kept',
    ),
    listen: describe(addressSchema.optional(), 'host:port; default: `port` on 127.0.0.1'),
    operations: describe(addressSchema.prefault('127.0.0.1:9092'), 'health and metrics'),
    log: describe(
      z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
      'what is logged',
    ),
  });

export type TransferFile = z.output<ReturnType<typeof transferSchema>>;
export type FacilityEntry = TransferFile['facilities'][number];
