// docs/operating.md held against the code: its status codes, reasons, metrics, log lines and keys are those that there are.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Secret } from '../../platform/config/secrets.ts';
import { loadTransferConfig } from '../../transfer-service/config.ts';
import { reportOf } from '../../transfer-service/engine/report.ts';
import { type EndReason, type EndState, endReasons } from '../../transfer-service/engine/types.ts';
import { fixedAtStart } from '../../transfer-service/serving.ts';
import { transfer } from '../transfer-service/engine/samples.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/operating.md');
const code = readdirSync(new URL('../../transfer-service', import.meta.url), { recursive: true })
  .filter((path) => String(path).endsWith('.ts'))
  .map((path) => read(`transfer-service/${path}`))
  .join('\n');

const minimal = 'scicatUrl: https://scicat.lab.org\nport: 8080\nfacilities: [{ name: LAB, collection: c }]\n';

const found = (text: string, pattern: RegExp) =>
  new Set([...text.matchAll(pattern)].map(([, name]) => name ?? ''));

type End = { readonly state: EndState; readonly isMarked: boolean };

const failed: End = { state: 'failed', isMarked: false };
const cancelled: End = { state: 'cancelled', isMarked: false };
const unmarked: End = { state: 'finished', isMarked: false };
const marked: End = { state: 'finished', isMarked: true };

const endsOf: Readonly<Record<EndReason, readonly End[]>> = {
  job_refused: [failed],
  dataset_gone: [failed],
  dataset_changed: [failed, unmarked],
  file_list_invalid: [failed, unmarked],
  submission_refused: [failed],
  source_missing: [failed],
  source_permission_denied: [failed],
  source_ambiguous: [failed],
  deadline_passed: [failed, unmarked, marked],
  task_failed: [failed],
  task_vanished: [failed],
  cancelled_by_user: [cancelled],
  cancelled_at_globus: [cancelled],
  cancelled_too_late: [unmarked],
  incomplete: [unmarked],
  archivable_refused: [unmarked],
  archive_job_refused: [marked],
};

function codesOf(reason: EndReason): readonly string[] {
  const codes = endsOf[reason].map(({ state, isMarked }) => {
    const archive = { isMarked, attemptedAt: undefined, jobId: undefined };
    return reportOf(transfer({ state, reason, endedAt: 1, archive })).statusCode;
  });
  return [...new Set(codes)];
}

describe('the operator’s page', () => {
  it('explains every status code of the job, and no other', () => {
    const section = page.slice(page.indexOf('## Status codes'), page.indexOf('## Why a transfer ended'));
    const inCode = found(read('transfer-service/engine/report.ts'), /'(\d{3})'/g);
    assert.deepEqual([...found(section, /^\| (\d{3}) \|/gm)].toSorted(), [...inCode].toSorted());
  });

  it('names every key that a reload does not change', () => {
    const section = page.slice(page.indexOf('## Change the file'), page.indexOf('## Status codes'));
    const named = /^- Fixed until the next start[^:]*: ([\s\S]*)/m.exec(section)?.[1] ?? '';
    const loaded = loadTransferConfig({ file: 'f.yaml', text: minimal }, { readFile: () => '' });
    assert.ok(loaded.ok);
    const secret = new Secret('a test', 'x');
    const credentials = {
      ...{ globusClientId: 'id', globusClientSecret: secret },
      ...{ scicatUsername: 'svc', scicatPassword: secret },
    };
    assert.deepEqual(
      [...named.matchAll(/`([^`]+)`/g)].map(([, key]) => key),
      Object.keys(fixedAtStart({ ...loaded.value, credentials })),
    );
  });

  it('explains every reason of an end with the codes that it comes with, and no other', () => {
    const section = page.slice(page.indexOf('## Why a transfer ended'), page.indexOf('## What to watch'));
    const rows = section.split('\n').filter((row) => /^\| \d{3}/.test(row));
    const explained = rows.flatMap((row) => {
      const [, codes = '', reasons = ''] = row.split('|');
      return [...found(reasons, /`([a-z_]+)`/g)].flatMap((reason) =>
        [...found(codes, /(\d{3})/g)].map((code) => `${reason} ${code}`),
      );
    });
    const inCode = endReasons.flatMap((reason) => codesOf(reason).map((code) => `${reason} ${code}`));
    assert.deepEqual(explained.toSorted(), inCode.toSorted());
  });

  it('names metrics that there are, and all of the service’s own', () => {
    const sources = ['transfer-service/metrics.ts', 'platform/config-metrics.ts'].map(read).join('\n');
    const inCode = found(sources, /name: '(beamgate_\w+)'/g);
    assert.deepEqual([...found(page, /`(beamgate_\w+)/g)].toSorted(), [...inCode].toSorted());
  });

  it('quotes log lines that are written', () => {
    const quoted = [...page.matchAll(/^\| log line `([^`]+)`/gm)].map(([, line]) => line ?? '');
    assert.ok(quoted.length >= 5);
    assert.deepEqual(
      quoted.filter((line) => !code.includes(`'${line}`)),
      [],
    );
  });

  it('names keys of the file that there are', () => {
    const task = [...found(read('README.md'), /^\| `task\.(\w+)` \|/gm)];
    const named = found(page, /`task\.(\w+)`/g);
    assert.ok(named.size > 2);
    assert.deepEqual(
      [...named].filter((key) => !task.includes(key)),
      [],
    );
  });

  it('names the tables that are kept', () => {
    const tables = found(read('transfer-service/store/migrations.ts'), /createTable\('(\w+)'\)/g);
    const section = page.slice(page.indexOf('In the database:'), page.indexOf('Nothing else is kept'));
    for (const table of tables) assert.ok(section.includes(`\`${table}\``), table);
  });
});
