// A file of the transfer-service, or an old one of the SciCat Globus Proxy -> one immutable value, with what is legal
// in it and dangerous as warnings. Reads no files itself: the text, and how others are read, are arguments.
import { type Loaded, loadConfig } from '../platform/config/load.ts';
import type { SecretSources } from '../platform/config/secrets.ts';
import type { Address } from '../platform/server.ts';
import { facilityComplaints, readFacility } from './config-facilities.ts';
import { ignoredKeys, knownKeysSchema } from './config-keys.ts';
import { type TransferFile, transferSchema } from './config-schema.ts';
import { trustComplaints } from './config-trust.ts';
import { type ConfigWarning, warningsAbout } from './config-warnings.ts';
import { workingTasks } from './globus/account-limits.ts';
import type { Facility } from './types.ts';

export type TransferConfig = {
  /** Without `/api/vN` and final slash. */
  readonly scicatUrl: string;
  /** Where clients find the service: of whatever listens for them, which need not be this process. */
  readonly port: number;
  readonly facilities: ReadonlyMap<string, Facility>;
  /** Realms whose user and group names are SciCat's. */
  readonly realms: ReadonlySet<string>;
  /** `undefined`: the file does not say, and whoever starts the service has to. */
  readonly callers: TransferFile['callers'];
  readonly globus: TransferFile['globus'];
  readonly scicat: TransferFile['scicat'];
  readonly task: {
    readonly maxConcurrency: number;
    /** 0: any number. */
    readonly queueSize: number;
    readonly pollIntervalSeconds: number;
    /** `undefined`: no limit of its own. */
    readonly maxConcurrencyPerUser: number | undefined;
    /** 0: any number. */
    readonly queueSizePerUser: number;
    readonly deadlineHours: number;
    readonly stuckAfterMinutes: number;
    readonly failOnMissingSource: boolean;
  };
  readonly database: string;
  readonly listen: Address;
  readonly operations: Address;
  readonly logLevel: TransferFile['log']['level'];
  readonly warnings: readonly ConfigWarning[];
};

/** @returns the config, or every mistake in the file with its line and key. */
export function loadTransferConfig(
  source: { readonly file: string; readonly text: string },
  sources: Pick<SecretSources, 'readFile'>,
): Loaded<TransferConfig> {
  const keys = loadConfig(source, knownKeysSchema);
  const loaded = loadConfig(source, transferSchema(sources), (file) => [
    ...facilityComplaints(file.facilities),
    ...trustComplaints(file),
  ]);
  if (!keys.ok || !loaded.ok) return { ok: false, mistakes: allMistakes(keys, loaded) };
  const facilities = loaded.value.facilities.map(readFacility);
  const warnings = warningsAbout(
    { file: source.file, lineOf: loaded.lineOf, ignored: ignoredKeys(keys.value) },
    loaded.value,
    facilities,
  );
  return { ok: true, value: compile(loaded.value, facilities, warnings), lineOf: loaded.lineOf };
}

/** Of two looks at one file; a text that is no YAML is the same mistake twice. */
function allMistakes(...looks: readonly Loaded<unknown>[]) {
  const mistakes = looks.flatMap((look) => (look.ok ? [] : look.mistakes));
  const distinct = new Map(mistakes.map((mistake) => [JSON.stringify(mistake), mistake]));
  return [...distinct.values()].sort((a, b) => a.line - b.line);
}

function compile(
  file: TransferFile,
  facilities: readonly Facility[],
  warnings: readonly ConfigWarning[],
): TransferConfig {
  return {
    scicatUrl: file.scicatUrl,
    port: file.port,
    facilities: new Map(facilities.map((facility) => [facility.name, facility])),
    realms: new Set(file.realms),
    callers: file.callers,
    globus: file.globus,
    scicat: file.scicat,
    // 0 is no number of transfers and no interval: the SciCat Globus Proxy took it for "not set".
    task: {
      maxConcurrency: file.task?.maxConcurrency || workingTasks,
      queueSize: file.task?.queueSize ?? 0,
      pollIntervalSeconds: file.task?.pollInterval || 10,
      maxConcurrencyPerUser: file.task?.maxConcurrencyPerUser,
      queueSizePerUser: file.task?.queueSizePerUser ?? 0,
      deadlineHours: file.task?.deadlineHours ?? 720,
      stuckAfterMinutes: file.task?.stuckAfterMinutes ?? 60,
      failOnMissingSource: file.task?.failOnMissingSource ?? false,
    },
    database: file.database,
    listen: file.listen ?? { host: '127.0.0.1', port: file.port },
    operations: file.operations,
    logLevel: file.log.level,
    warnings,
  };
}
