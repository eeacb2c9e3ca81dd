// Every fault that the service is to stand, and the test that shows it, through the whole service unless said
// otherwise. A test that is renamed, gone, commented out or skipped is missed here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

type Proof = readonly [file: string, ...names: readonly string[]];

const [globus, scicat, both, own, calls, engine] = [
  'transfer-service/faults-globus',
  'transfer-service/faults-scicat',
  'transfer-service/faults',
  'soak/own-faults',
  'soak/kill-around-calls',
  'transfer-service/engine/engine',
];

const faults: Readonly<Record<string, Readonly<Record<string, Proof>>>> = {
  Globus: {
    '401 in the middle': [both, 'Globus refuses every token that it has given'],
    '403 ConsentRequired': [globus, 'a missing consent is asked for with the scopes that Globus names'],
    '403 permission': [both, 'a refused collection is failed, with what to do'],
    'an unknown scope of one facility': [globus, 'a scope that is unknown holds up its facility alone'],
    '404': [globus, "['EndpointNotFound', 404]"],
    '409 identical paths': [globus, '409 for paths that another task has'],
    '409 too many tasks': [globus, '409 for too many tasks of this account'],
    '429 with Retry-After': [both, 'Globus has too many requests'],
    '500': [both, 'Globus cannot list its tasks'],
    '502': [both, 'Globus answers a submit with 502'],
    '503': [both, 'Globus Auth is down'],
    'a body cut short': [both, 'Globus cuts its answer short'],
    'a 200 that is not JSON': [both, 'Globus answers a submit with a page'],
    'an answer lost after the work': [globus, "'hang', 'answer_lost'"],
    'a connection that hangs': [globus, "'hang', 'answer_lost'"],
    'paused, INACTIVE': [both, 'paused and INACTIVE are shown, and followed on'],
    'faults that grow': [globus, 'shows what Globus says and how often, and goes on when it is'],
    'cancelled from outside': [both, 'cancelled from outside is cancelled'],
    'a task that vanished': [both, 'vanished is failed after a while'],
    'clocks apart by minutes': [both, 'minutes ahead'],
  },
  SciCat: {
    'login refused': [scicat, 'a refused login is 503 for who asks'],
    'token expired early': [scicat, 'a token that ends early is replaced by one new login'],
    '401 because its database is down': [both, 'without its database, and with it again, the job catches up'],
    '30 s answers': [scicat, 'answers that come after half a minute are waited for no longer'],
    '400 with a number as status': [scicat, 'a job with 400 and a `status` that is a number'],
    'job deleted by someone': [both, 'a job that somebody deleted stops no transfer'],
    'dataset deleted before its turn': [scicat, 'a dataset deleted before its turn is not moved'],
    'dataset deleted while it moves': [both, 'a dataset that was deleted meanwhile is moved, and not marked'],
    'dataset given away before its turn': [both, 'given to another group before its turn is not moved'],
    'dataset given away while it moves': [
      scicat,
      'a dataset given to another group while its data moves is 997',
    ],
    'update refused': [scicat, 'updates of the job: the transfer goes on'],
    'merge against replace': [scicat, 'is replaced as a whole'],
    'before v4.19': [both, 'before v4.19 the dataset itself is marked'],
    'a day without it': [
      'transfer-service/outage',
      "test('a day without SciCat delays transfers at every step and fails none, over a restart as well'",
    ],
    'a day without it (engine, virtual time)': [
      engine,
      'of a whole day delays a transfer: its job catches up',
    ],
  },
  'our own': {
    'SIGTERM during each call': [calls, "{ signal: 'SIGTERM', moment: 'done_late' }"],
    'kill -9 during each call': [calls, "moments.map((moment) => ({ signal: 'SIGKILL', moment })"],
    'a full disk': [own, 'is 503 for who asks, loses nothing that was stored', 'at the start is said'],
    'a corrupted database': [own, 'stops the start, which says what to do, and is left as it is'],
    'two processes on one file': [own, 'the second one says so and ends; the first goes on'],
    'a clock that jumps': [own, 'a day ahead', 'a day back'],
    'an interrupted migration': [
      'soak/interrupted-migration',
      'by kill -9 at any statement after',
      'by kill -9 at a statement of the first start',
      'in the middle of its transaction',
    ],
    'a restored backup': [
      'transfer-service/restore',
      'a transfer that ended after the backup',
      'while it was stopped',
      'as a snapshot of the volume while it ran',
      'made after kill -9, with the -wal, is found ended again, and nothing is done twice',
    ],
  },
};

for (const [whose, proofs] of Object.entries(faults)) {
  describe(`faults of ${whose}`, () => {
    for (const [fault, [file, ...names]] of Object.entries(proofs)) {
      it(`${fault} has a test`, () => {
        const text = runText(readFileSync(new URL(`../${file}.test.ts`, import.meta.url), 'utf8'));
        for (const name of names) assert.ok(text.includes(name), `${file}.test.ts: ${name}`);
        assert.doesNotMatch(text, notRun, `${file}.test.ts`);
      });
    }
  });
}

/** Where the environment lacks something a test may skip itself, with a reason: `t.skip('this user may not ...')`. */
const notRun = /\b(?:describe|it|suite|test)\.(?:skip|todo|only)\b|\b(?:skip|todo|only): /;

function runText(text: string): string {
  return text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
}
