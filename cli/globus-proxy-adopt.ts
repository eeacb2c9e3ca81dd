// `beamgate globus-proxy adopt [--config FILE] [--yes]`: takes over the running transfers of the SciCat Globus Proxy.

import { ConfigError } from '../platform/config/load.ts';
import type { SecretSources } from '../platform/config/secrets.ts';
import { sqlitePath } from '../platform/database-sqlite.ts';
import type { WebProxies } from '../platform/web-proxies.ts';
import { loadTransferConfig } from '../transfer-service/config.ts';
import { loadCredentials } from '../transfer-service/config-credentials.ts';
import { type Adoption, adopt, emptyDatabase, type Followed } from '../transfer-service/takeover/adopt.ts';
import { type LeftOut, leftOutSentences } from '../transfer-service/takeover/take-over.ts';

export type AdoptCommand = {
  readonly file: string;
  readonly text: string;
  readonly sources: SecretSources;
  readonly isDone: boolean;
  readonly exists: (path: string) => boolean;
  readonly webProxies: WebProxies;
};

/** @throws ConfigError; Unavailable; Error where the database is in use. */
export async function adoptOldTransfers({ file, text, sources, ...asked }: AdoptCommand) {
  const loaded = loadTransferConfig({ file, text }, sources);
  const credentials = loadCredentials(sources);
  if (!loaded.ok || !credentials.ok) {
    throw new ConfigError([loaded, credentials].flatMap((one) => (one.ok ? [] : one.mistakes)));
  }
  const config = loaded.value;
  // To look changes nothing, not even by making a database.
  const { isDone, exists, webProxies } = asked;
  const isThere = isDone || exists(sqlitePath(config.database));
  const database = isThere ? config.database : emptyDatabase;
  return renderAdoption(
    await adopt({ config, credentials: credentials.value, webProxies, isDone, database }),
    isDone,
  );
}

function renderAdoption({ followed, leftOut, known, isOlder }: Adoption, isDone: boolean): readonly string[] {
  const count = (outcome: Followed['outcome']) => followed.filter((one) => one.outcome === outcome).length;
  const left = leftOut.length + count('still_reported');
  const rest = `${left} left out, ${known.length} known already`;
  return [
    ...followed.flatMap(renderFollowed),
    ...leftOut.flatMap(renderLeftOut),
    isDone
      ? `${count('followed')} followed, ${rest}`
      : `${count('would_be_followed')} would be followed, ${rest}`,
    ...(isOlder ? [older] : []),
    ...(isDone ? [] : ['nothing was changed; once the old service is stopped, --yes does it']),
  ];
}

const older =
  'the database is of an older version: a start, or --yes, brings it up to date; keep a copy until then';

function renderFollowed({ outcome, job, task, dataset, fit, isStillReported }: Followed): readonly string[] {
  const words = { followed: 'follows', would_be_followed: 'would follow', still_reported: 'left out' };
  const { source, destination, sourceFolder, destinationFolder } = fit;
  return [
    `${words[outcome]} job ${job.jobId}, task ${task.taskId} (${task.status}), dataset ${dataset.pid}`,
    `  ${source.name} ${sourceFolder} -> ${destination.name} ${destinationFolder}`,
    ...(isStillReported ? [`  ${stillReported}`] : []),
  ];
}

const stillReported =
  'still_reported: a moment ago the old service wrote to this job: stop it, wait for two of its poll intervals, then take over';

function renderLeftOut({ jobId, taskId, reason }: LeftOut): readonly string[] {
  const names = [
    ...(jobId === undefined ? [] : [`job ${jobId}`]),
    ...(taskId === undefined ? [] : [`task ${taskId}`]),
  ];
  return [`left out ${names.join(', ')}`, `  ${reason}: ${leftOutSentences[reason]}`];
}
