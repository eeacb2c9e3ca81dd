// docs/operating.md held against the code: its status codes, reasons, metrics, log lines and keys are those that there are.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { endReasons } from '../../transfer-service/engine/types.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/operating.md');
const code = readdirSync(new URL('../../transfer-service', import.meta.url), { recursive: true })
  .filter((path) => String(path).endsWith('.ts'))
  .map((path) => read(`transfer-service/${path}`))
  .join('\n');

const found = (text: string, pattern: RegExp) =>
  new Set([...text.matchAll(pattern)].map(([, name]) => name ?? ''));

describe('the operator’s page', () => {
  it('explains every status code of the job, and no other', () => {
    const section = page.slice(page.indexOf('## Status codes'), page.indexOf('## Why a transfer ended'));
    const inCode = found(read('transfer-service/engine/report.ts'), /'(\d{3})'/g);
    assert.deepEqual([...found(section, /^\| (\d{3}) \|/gm)].toSorted(), [...inCode].toSorted());
  });

  it('explains every reason of an end, and no other', () => {
    const section = page.slice(page.indexOf('## Why a transfer ended'), page.indexOf('## What to watch'));
    const rows = section.split('\n').filter((row) => /^\| \d{3}/.test(row));
    const explained = found(rows.map((row) => row.split('|')[2]).join(' '), /`([a-z_]+)`/g);
    assert.deepEqual([...explained].toSorted(), [...endReasons].toSorted());
  });

  it('names metrics that there are, and all of the service’s own', () => {
    const inCode = found(read('transfer-service/metrics.ts'), /name: '(beamgate_\w+)'/g);
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
