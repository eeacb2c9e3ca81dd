import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderMistake } from '../../platform/config/mistakes.ts';
import { loadTransferConfig, type TransferConfig } from '../../transfer-service/config.ts';
import { resolveFolders } from '../../transfer-service/paths.ts';
import type { Facility } from '../../transfer-service/types.ts';
import { pathTemplate } from './facility.ts';

const collection = 'aaaa1111-22bb-cc44-dd5e-666667777777';
const dataAccess = (id: string) =>
  `urn:globus:auth:scope:transfer.api.globus.org:all[*https://auth.globus.org/scopes/${id}/data_access]`;

const minimal = `scicatUrl: http://backend.localhost
port: 8080
facilities:
  - name: LAB
    collection: ${collection}
`;

function load(text: string): TransferConfig {
  const loaded = loadTransferConfig({ file: 'f.yaml', text }, { readFile: () => '' });
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.mistakes.map(renderMistake).join('\n'));
  return loaded.value;
}

function mistakesOf(text: string): readonly string[] {
  const loaded = loadTransferConfig({ file: 'f.yaml', text }, { readFile: () => '' });
  return loaded.ok ? [] : loaded.mistakes.map(renderMistake);
}

function facilityOf(entry: string): Facility {
  const facility = load(`${minimal}${entry.replace(/^/gm, '    ')}\n`).facilities.get('LAB');
  assert.ok(facility !== undefined);
  return facility;
}

function entryMistakes(entry: string): readonly string[] {
  return mistakesOf(`${minimal}${entry.replace(/^/gm, '    ')}\n`);
}

const limits = {
  maxConcurrencyPerUser: undefined,
  queueSizePerUser: 0,
  deadlineHours: 720,
  stuckAfterMinutes: 60,
  failOnMissingSource: false,
};

test('a minimal file of the SciCat Globus Proxy has its defaults', () => {
  const config = load(minimal);
  assert.deepEqual(
    [...config.facilities.values()],
    [
      {
        name: 'LAB',
        collection,
        scopes: [dataAccess(collection)],
        direction: 'BOTH',
        access: { kind: 'member', path: 'profile.accessGroups', value: 'LAB' },
        sourcePath: pathTemplate('/{{ .RelativeSourceFolder }}'),
        destinationPath: pathTemplate('/{{ .RelativeSourceFolder }}'),
        collectionRoots: undefined,
        sourceWithin: undefined,
        destinationWithin: undefined,
        allowSymlinks: true,
        maxConcurrency: undefined,
        localUser: undefined,
      },
    ],
  );
  assert.deepEqual(config.task, {
    ...limits,
    ...{ maxConcurrency: 3, queueSize: 0, pollIntervalSeconds: 10 },
  });
  assert.equal(config.scicatUrl, 'http://backend.localhost');
  assert.equal(config.database, 'sqlite:var/transfers.sqlite');
  assert.deepEqual(config.listen, { host: '127.0.0.1', port: 8080 });
  assert.deepEqual(config.operations, { host: '127.0.0.1', port: 9092 });
  assert.deepEqual([...config.realms], ['scicat']);
  assert.equal(config.callers, undefined);
  assert.deepEqual(config.globus, {
    authUrl: 'https://auth.globus.org',
    transferUrl: 'https://transfer.api.globus.org',
    syncLevel: 'checksum',
    verifyChecksum: true,
    encryptData: true,
    preserveTimestamp: false,
    storeBasePathInfo: true,
    itemsPerTask: 50_000,
    listFoldersAbove: 100_000,
    requestsPerSecond: 15,
    timeoutMs: 30_000,
  });
});

test('a full file of the SciCat Globus Proxy is read unchanged, anchors and merge keys included', () => {
  const config = load(`
scicatUrl: "http://backend.localhost/"
port: 8080
defaults:
  - &archive
    destinationPath: '/archive/{{ replace .Pid "." "-" }}/{{ .SourceFolder }}'
    direction: DST
  - &open { accessPath: "", accessValue: "" }
facilities:
  - name: LAB
    collection: ${collection}
    scopes:
      - "urn:globus:auth:scope:transfer.api.globus.org:all[*https://auth.globus.org/scopes/{{.Collection}}/data_access]"
    accessPath: profile.accessGroups
    accessValue: "{{ .Name }}-users"
    direction: BOTH
    sourcePath: "/{{ .RelativeSourceFolder }}"
    destinationPath: "/archive/{{ .Pid }}/{{ .SourceFolder }}"
  - <<: *archive
    name: ARCHIVE
    collection: bbbb
  - <<: [*archive, *open]
    name: OPEN
    collection: cccc
    direction: SRC
task:
  maxConcurrency: 5
  queueSize: 100
  pollInterval: 20
`);
  const { LAB, ARCHIVE, OPEN } = Object.fromEntries(config.facilities);
  assert.deepEqual(LAB?.access, { kind: 'member', path: 'profile.accessGroups', value: 'LAB-users' });
  assert.deepEqual(LAB?.scopes, [dataAccess(collection)]);
  assert.equal(ARCHIVE?.direction, 'DST');
  assert.deepEqual(OPEN?.access, { kind: 'everyone' });
  assert.equal(OPEN?.direction, 'SRC');
  assert.deepEqual(config.task, {
    ...limits,
    ...{ maxConcurrency: 5, queueSize: 100, pollIntervalSeconds: 20 },
  });
  assert.equal(config.scicatUrl, 'http://backend.localhost');
  assert.ok(LAB !== undefined && ARCHIVE !== undefined);
  const resolved = resolveFolders({
    source: LAB,
    destination: ARCHIVE,
    dataset: { pid: '20.500/x', ownerGroup: 'p1', sourceFolder: '/data/p1/run7' },
    username: 'alice',
    collectionRootPath: '/data',
  });
  assert.ok(resolved.kind === 'resolved');
  assert.equal(resolved.folders.destinationFolder, '/archive/20-500/x/data/p1/run7');
});

test('an empty key of the old file takes its default, as it did', () => {
  const facility = facilityOf(
    'scopes:\naccessPath:\naccessValue:\ndirection: ""\nsourcePath: ""\ndestinationPath:',
  );
  assert.deepEqual(facility, load(minimal).facilities.get('LAB'));
  assert.deepEqual(load(`${minimal}task:\n`).task, load(minimal).task);
  assert.deepEqual(load(`${minimal}task: { maxConcurrency: 0, pollInterval: 0 }\n`).task, load(minimal).task);
});

test('an empty bound is a mistake, not no bound', () => {
  for (const key of ['sourceWithin', 'destinationWithin']) {
    assert.equal(entryMistakes(`${key}: ""`).length, 1);
    assert.equal(entryMistakes(`${key}:`).length, 1);
  }
  assert.equal(entryMistakes('collectionRoots: []').length, 1);
  assert.equal(entryMistakes('collectionRoots:').length, 1);
});

test('another access path leads to an attribute of the caller', () => {
  assert.deepEqual(facilityOf('accessPath: profile.oidcClaims.x\naccessValue: beam').access, {
    kind: 'member',
    path: 'profile.oidcClaims.x',
    value: 'beam',
  });
});

test('an empty accessPath alone means no check, as in the old service', () => {
  assert.deepEqual(facilityOf('accessPath: ""').access, { kind: 'everyone' });
  assert.deepEqual(facilityOf('accessPath: ""\naccessValue: beam').access, { kind: 'everyone' });
  assert.ok(warningsOf(`${minimal}    accessPath: ""\n`).includes('4 access_unchecked'));
  assert.deepEqual(facilityOf('accessPath: ""\naccessValue: ""').access, { kind: 'everyone' });
  assert.deepEqual(entryMistakes('accessValue: ""'), [
    'f.yaml:6 facilities[0].accessValue: is empty, but accessPath is not: empty accessPath for no check at all',
  ]);
});

test('names every mistake at once, each with its line and key', () => {
  const mistakes = mistakesOf(`scicatUrl: ftp://x
port: 0
facilites: []
defaults: &x { direction: SRC }
version: 3
facilities:
  - <<: *x
    name: LAB
    colection: c
    direction: OUT
    sourcePath: '/{{ .Foldr }}'
    accessPath: '{{ .Pid }}'
    sourceWithin: '/{{ if .Pid }}x{{ end }}'
    collectionRoots: [data]
`);
  const keys = mistakes.map((mistake) => mistake.split(' ').slice(0, 2).join(' '));
  assert.deepEqual(keys, [
    'f.yaml:1 scicatUrl:',
    'f.yaml:2 port:',
    'f.yaml:3 facilites:',
    'f.yaml:5 version:',
    'f.yaml:7 facilities[0].collection:',
    'f.yaml:9 facilities[0].colection:',
    'f.yaml:10 facilities[0].direction:',
    'f.yaml:11 facilities[0].sourcePath:',
    'f.yaml:12 facilities[0].accessPath:',
    'f.yaml:13 facilities[0].sourceWithin:',
    'f.yaml:14 facilities[0].collectionRoots[0]:',
  ]);
  assert.match(mistakes.join('\n'), /facilites: unknown key, did you mean "facilities"\?/);
  assert.match(mistakes.join('\n'), /colection: unknown key, did you mean "collection"\?/);
  assert.match(mistakes.join('\n'), /unknown variable \.Foldr; known here: Pid, /);
  assert.match(mistakes.join('\n'), /unknown variable \.Pid; known here: Name/);
});

test('what is no YAML is one mistake', () => {
  assert.equal(mistakesOf('a: [').length, 1);
});

test('an empty file says what is missing', () => {
  assert.deepEqual(
    mistakesOf('').map((mistake) => mistake.split(' ')[1]),
    ['scicatUrl:', 'port:', 'facilities:'],
  );
});

test('two facilities of one name are a mistake', () => {
  const second = '  - name: LAB\n    collection: other\n';
  assert.deepEqual(mistakesOf(minimal + second), [
    'f.yaml:6 facilities[0].name has this name already'.replace(
      'facilities[0].name',
      'facilities[1].name: facilities[0]',
    ),
  ]);
});

test('a path that could never be used is a mistake at the start, not at the first transfer', () => {
  const wrong = ['archive/{{ .Pid }}', '{{ .Username }}/x', '/a/../{{ .Pid }}', '/a/..', '/./a', '~root/x'];
  for (const path of wrong) {
    assert.equal(entryMistakes(`destinationPath: '${path}'`).length, 1, path);
    assert.equal(entryMistakes(`sourceWithin: '${path}'`).length, 1, path);
  }
  for (const path of ['/', '/a/.{{ .PidShort }}', '{{ .SourceFolder }}', '~/x', '/~/x', '/a..b/..c']) {
    assert.deepEqual(entryMistakes(`destinationPath: '${path}'`), [], path);
  }
});

test('SciCat’s address is its base', () => {
  const withUrl = (url: string) => mistakesOf(minimal.replace('http://backend.localhost', url));
  assert.deepEqual(withUrl('https://scicat.lab.org/backend/'), []);
  for (const url of [
    'https://x/api/v3',
    'https://x/api/v4/',
    'x',
    'https://u:p@x',
    'https://x?a=b',
    'file:///x',
  ]) {
    assert.equal(withUrl(url).length, 1, url);
  }
});

// --- callers ---

test('the gateway’s assertion is believed for the app called transfer', () => {
  const text = `${minimal}callers:
  believe: assertion
  issuer: https://lab.org/sso/
  jwksUrl: http://127.0.0.1:8080/jwks.json
`;
  assert.deepEqual(load(text).callers, {
    believe: 'assertion',
    issuer: 'https://lab.org/sso',
    jwksUrl: 'http://127.0.0.1:8080/jwks.json',
    audience: 'transfer',
  });
});

function plainHeaders(networks: string, more = ''): string {
  return `${minimal}callers:\n  believe: plain-headers\n  trustedProxies: ${networks}\n${more}`;
}

test('plain headers take a choice in words, and few addresses', () => {
  const few = '[127.0.0.1, "::1", 172.18.0.0/28, "fd00::/124"]';
  assert.equal(load(plainHeaders(few)).callers?.believe, 'plain-headers');
  const wide = ['172.18.0.0/27', '0.0.0.0/0', '"::/0"', '"fd00::/123"', '"::ffff:10.0.0.0/104"', 'private'];
  for (const network of wide) {
    assert.match(
      mistakesOf(plainHeaders(`[127.0.0.1, ${network}]`)).join('\n'),
      /trustedProxies\[1\]: wider than/,
      network,
    );
    assert.deepEqual(
      mistakesOf(plainHeaders(`[${network}]`, '  wideRanges: anyone-in-them-may-claim-to-be-anyone\n')),
      [],
    );
  }
  assert.match(mistakesOf(plainHeaders('[localhost]')).join('\n'), /no address or network/);
  assert.equal(mistakesOf(plainHeaders('[]')).length, 1);
  assert.equal(mistakesOf(plainHeaders('[10.0.0.0/8]', '  wideRanges: true\n')).length, 1);
});

test('the two ways of knowing who asks never mix', () => {
  const both = plainHeaders('[127.0.0.1]', '  issuer: https://lab.org/sso\n');
  assert.match(mistakesOf(both).join('\n'), /callers\.issuer: unknown key/);
  assert.equal(mistakesOf(`${minimal}callers: { believe: anyone }\n`).length, 1);
  assert.equal(mistakesOf(`${minimal}callers:\n  trustedProxies: [127.0.0.1]\n`).length, 1);
});

// --- warnings ---

function warningsOf(text: string): readonly string[] {
  return load(text).warnings.map(({ reason, line }) => `${line} ${reason}`);
}

test('an old file works, with warnings that name what it leaves open', () => {
  assert.deepEqual(warningsOf(minimal), [
    '4 source_unbounded',
    '4 any_collection_root',
    '4 destination_unbounded',
    '4 symlinks_allowed',
  ]);
  const [first] = load(minimal).warnings;
  assert.ok(first !== undefined);
  assert.match(renderMistake(first), /^f\.yaml:4 facilities\[0\]: LAB has no sourceWithin: /);
});

test('more tasks than Globus takes are a warning', () => {
  assert.ok(
    !warningsOf(`${minimal}task: { maxConcurrency: 100 }\n`).join().includes('more_than_globus_takes'),
  );
  assert.ok(
    warningsOf(`${minimal}task: { maxConcurrency: 101 }\n`).join().includes('more_than_globus_takes'),
  );
});

test('more tasks than Globus works on are a warning: an old file keeps what it says', () => {
  const text = (count: number) => `${minimal}task: { maxConcurrency: ${count} }\n`;
  assert.equal(load(text(10)).task.maxConcurrency, 10);
  assert.ok(warningsOf(text(10)).includes('6 more_than_globus_works_on'));
  for (const fair of [text(3), text(0), minimal])
    assert.ok(!warningsOf(fair).join().includes('more_than_globus_works_on'));
});

test('a deadline that comes before a transfer is shown as stuck is a warning', () => {
  const isWarned = (task: string) =>
    warningsOf(`${minimal}task: { ${task} }\n`).includes('6 stuck_after_deadline');
  assert.ok(isWarned('deadlineHours: 1'));
  assert.ok(isWarned('stuckAfterMinutes: 43200'));
  assert.ok(!isWarned('deadlineHours: 1.1'));
  assert.ok(!isWarned('stuckAfterMinutes: 43199'));
  assert.ok(!isWarned(''));
});

test('limits of a user and of a facility are its own, and old files have none', () => {
  const { task, facilities } = load(
    `${minimal.replace(/collection: .*/, '$&\n    maxConcurrency: 3')}task: { maxConcurrencyPerUser: 2, queueSizePerUser: 50 }\n`,
  );
  assert.deepEqual([task.maxConcurrencyPerUser, task.queueSizePerUser], [2, 50]);
  assert.deepEqual(
    [...facilities.values()].map(({ maxConcurrency }) => maxConcurrency),
    [3],
  );
});

test('a facility that is bounded needs no warning', () => {
  const bounded = `${minimal}    collectionRoots: [/data]
    sourceWithin: '/{{ .OwnerGroup }}'
    destinationWithin: '/archive'
    allowSymlinks: false
`;
  assert.deepEqual(warningsOf(bounded), []);
});

test('a side that a facility never takes needs no bound', () => {
  const strict = `${minimal}    allowSymlinks: false\n`;
  assert.deepEqual(warningsOf(`${strict}    direction: DST\n`), ['4 destination_unbounded']);
  assert.deepEqual(warningsOf(`${strict}    direction: SRC\n`), [
    '4 source_unbounded',
    '4 any_collection_root',
  ]);
});

test('a file without allowSymlinks moves links as the old service did, and is warned', () => {
  assert.equal(load(minimal).facilities.get('LAB')?.allowSymlinks, true);
  const warning = load(minimal).warnings.find(({ reason }) => reason === 'symlinks_allowed');
  assert.match(warning?.message ?? '', /^LAB moves links .* Write allowSymlinks: false/);
  assert.ok(!warningsOf(`${minimal}    allowSymlinks: false\n`).includes('4 symlinks_allowed'));
});

test('keys of another version of the old service are warnings, misspelt ones are mistakes', () => {
  const text = `${minimal}    collectionRootPath: /data
    retentionDays: 7
task: { workers: 4 }
`;
  const ignored = load(text).warnings.filter(({ reason }) => reason === 'key_ignored');
  assert.deepEqual(
    ignored.map((warning) => renderMistake(warning).replace(/ is not a key.*/, '')),
    [
      'f.yaml:6 facilities[0].collectionRootPath: collectionRootPath',
      'f.yaml:7 facilities[0].retentionDays: retentionDays',
      'f.yaml:8 task.workers: workers',
    ],
  );
  assert.match(ignored[0]?.message ?? '', /write collectionRoots/);
  for (const [key, meant] of [
    ['destinationWithn', 'destinationWithin'],
    ['acessPath', 'accessPath'],
    ['allowSymlink', 'allowSymlinks'],
  ])
    assert.deepEqual(entryMistakes(`${key}: x`), [
      `f.yaml:6 facilities[0].${key}: unknown key, did you mean "${meant}"?`,
    ]);
});

test('an empty access path, links and plain headers are named', () => {
  const text = `${minimal}    collectionRoots: [/data]
    sourceWithin: /data
    destinationWithin: /archive
    allowSymlinks: true
    accessPath: ""
    accessValue: ""
callers: { believe: plain-headers, trustedProxies: [127.0.0.1] }
`;
  assert.deepEqual(warningsOf(text), ['4 access_unchecked', '4 symlinks_allowed', '12 headers_believed']);
  assert.match(load(text).warnings[0]?.message ?? '', /^LAB /);
});

test('a facility may name the account of its machine, and a file how tasks are submitted', () => {
  const named = minimal.replace(/collection: .*/, '$&\n    localUser: beamline');
  const config = load(
    `${named}globus: { preserveTimestamp: true, storeBasePathInfo: false, itemsPerTask: 7 }\n`,
  );
  assert.deepEqual(
    [...config.facilities.values()].map(({ localUser }) => localUser),
    ['beamline'],
  );
  const { preserveTimestamp, storeBasePathInfo, itemsPerTask } = config.globus;
  assert.deepEqual([preserveTimestamp, storeBasePathInfo, itemsPerTask], [true, false, 7]);
});
