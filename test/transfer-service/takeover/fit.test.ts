import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FitQuestion, fitOf } from '../../../transfer-service/takeover/fit.ts';
import type { Facility } from '../../../transfer-service/types.ts';
import { facility, pathTemplate } from '../facility.ts';

const collections = {
  lab: '11111111-1111-4111-8111-111111111111',
  archive: '22222222-2222-4222-8222-222222222222',
};

const lab = (overrides: Partial<Facility> = {}) =>
  facility({ name: 'LAB', collection: collections.lab.toUpperCase(), ...overrides });
const archive = (overrides: Partial<Facility> = {}) =>
  facility({
    name: 'ARCHIVE',
    collection: collections.archive,
    destinationPath: pathTemplate('/received/{{ .RelativeSourceFolder }}'),
    ...overrides,
  });

const seen = (source: string, destination: string) => [{ source, destination }];

function question(overrides: Partial<FitQuestion> = {}): FitQuestion {
  return {
    task: {
      taskId: 't',
      status: 'ACTIVE',
      label: '',
      sourceCollection: collections.lab,
      destinationCollection: collections.archive,
      requestedAt: 0,
    },
    dataset: {
      pid: '20.500/run7',
      ownerGroup: 'p1',
      sourceFolder: '/data/p1/run7',
      sizeBytes: 1,
      numberOfFiles: 1,
      contactEmail: undefined,
    },
    seen: seen('/p1/run7/a/b.tif', '/received/p1/run7/a/b.tif'),
    facilities: [lab(), archive()],
    ...overrides,
  };
}

describe('a task of the old service', () => {
  it('fits where some root above the dataset gives its paths', () => {
    const fit = fitOf(question());
    assert.ok(fit.kind === 'fits');
    assert.deepEqual(
      [fit.source.name, fit.sourceFolder, fit.destination.name, fit.destinationFolder, fit.username],
      ['LAB', '/p1/run7', 'ARCHIVE', '/received/p1/run7', undefined],
    );
    assert.equal(fit.collectionRootPath, '/data');
    const whole = question({ seen: seen('/data/p1/run7/a', '/received/data/p1/run7/a') });
    assert.equal(fitOf(whole).kind, 'fits');
  });

  it('tells whose it was where the name is part of a path', () => {
    const facilities = [
      lab(),
      archive({ destinationPath: pathTemplate('/home/{{ .Username }}/{{ .PidShort }}') }),
    ];
    const fit = fitOf(question({ facilities, seen: seen('/p1/run7/a', '/home/alice/run7/a') }));
    assert.ok(fit.kind === 'fits');
    assert.equal(fit.username, 'alice');
    assert.equal(
      fitOf(question({ facilities, seen: seen('/p1/run7/a', '/home/alice/x/a') })).kind,
      'left_out',
    );
  });

  const leftOut: Readonly<Record<string, { of: Partial<FitQuestion>; reason: string }>> = {
    'has a label': { of: { task: { ...question().task, label: 'beamgate x 1-0' } }, reason: 'task_labelled' },
    'is from a collection of nobody': {
      of: { task: { ...question().task, sourceCollection: 'elsewhere' } },
      reason: 'collections_unknown',
    },
    'is to a collection of nobody': {
      of: { task: { ...question().task, destinationCollection: '' } },
      reason: 'collections_unknown',
    },
    'runs against the direction of its source': {
      of: { facilities: [lab({ direction: 'DST' }), archive()] },
      reason: 'wrong_direction',
    },
    'runs against the direction of its destination': {
      of: { facilities: [lab(), archive({ direction: 'SRC' })] },
      reason: 'wrong_direction',
    },
    'has shown no path': { of: { seen: [] }, reason: 'paths_not_shown' },
    'reads another folder': {
      of: { seen: seen('/p2/secret/a', '/received/p1/run7/a') },
      reason: 'paths_differ',
    },
    'reads a folder that only begins like it': {
      of: { seen: seen('/p1/run70/a', '/received/p1/run70/a') },
      reason: 'paths_differ',
    },
    'climbs out of it': {
      of: { seen: seen('/p1/run7/../run8/a', '/received/p1/run7/../run8/a') },
      reason: 'paths_differ',
    },
    'writes elsewhere': { of: { seen: seen('/p1/run7/a', '/received/p2/a') }, reason: 'paths_differ' },
    'writes under another name': {
      of: { seen: seen('/p1/run7/a', '/received/p1/run7/b') },
      reason: 'paths_differ',
    },
    'has one file of another dataset': {
      of: {
        seen: [...question().seen, ...seen('/p1/run8/a', '/received/p1/run8/a')],
      },
      reason: 'paths_differ',
    },
    'leaves the bounds of the file': {
      of: { facilities: [lab({ sourceWithin: pathTemplate('/p9') }), archive()] },
      reason: 'paths_differ',
    },
    'has a root that the file does not allow': {
      of: { facilities: [lab({ collectionRoots: ['/data/p1'] }), archive()] },
      reason: 'paths_differ',
    },
  };
  for (const [what, { of, reason }] of Object.entries(leftOut)) {
    it(`is left out when it ${what}`, () => {
      assert.deepEqual(fitOf(question(of)), { kind: 'left_out', reason });
    });
  }
});
