// An engine between fakes, on a database in memory, by a clock that the test moves.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createLogger } from '../../../platform/log.ts';
import type { EngineSettings } from '../../../transfer-service/engine/context.ts';
import { Engine } from '../../../transfer-service/engine/engine.ts';
import type { Authorised, Transfer } from '../../../transfer-service/engine/types.ts';
import { watchClock } from '../../../transfer-service/engine/watched-clock.ts';
import { type Accepted, type AcceptLimits, acceptTransfer } from '../../../transfer-service/store/accept.ts';
import { requestCancel } from '../../../transfer-service/store/cancel.ts';
import { openStore } from '../../../transfer-service/store/open.ts';
import { findTransfer } from '../../../transfer-service/store/read.ts';
import { beginAttempt, type Retried } from '../../../transfer-service/store/retry.ts';
import type { Store } from '../../../transfer-service/store/schema.ts';
import type { RequestedFile } from '../../../transfer-service/types.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeServices } from './fake-services.ts';

export const authorised: Authorised = {
  pid: '20.500/run7',
  ownerGroup: 'p1',
  datasetFolder: '/data/p1/run7',
  collectionRootPath: '/data',
  subject: 'scicat:alice',
  username: 'alice',
  email: 'alice@lab.org',
  sourceFacility: 'LAB',
  destinationFacility: 'ARCHIVE',
  sourceCollection: 'source-collection',
  destinationCollection: 'destination-collection',
  sourceFolder: '/p1/run7',
  destinationFolder: '/received/p1/run7',
  scopes: ['a scope'],
  sourceLocalUser: undefined,
  destinationLocalUser: undefined,
  autoArchive: true,
  isWholeFolder: false,
};

export type Wish = {
  readonly files?: readonly string[];
  readonly authorised?: Partial<Authorised>;
  readonly limits?: Partial<AcceptLimits>;
  /** The whole folder, by SciCat's list. */
  readonly isListed?: true;
};

export const settings: EngineSettings = {
  maxConcurrency: 10,
  maxConcurrencyPerUser: Number.POSITIVE_INFINITY,
  ofFacilities: new Map(),
  pollIntervalMs: 10_000,
  itemsPerTask: 100,
  reportIntervalMs: 30_000,
  reportPaceMs: 50,
  settleMs: 60_000,
  jobSettleMs: 30_000,
  deadlineMs: 30 * 24 * 3_600_000,
  stuckAfterMs: 3_600_000,
  failOnMissingSource: false,
  scicatPatienceMs: 7 * 24 * 3_600_000,
};

export class Stage {
  readonly store: Store;
  readonly services = new FakeServices();
  readonly clock = new FakeClock();
  readonly #settings: EngineSettings;
  #engine: Engine | undefined;
  #count = 0;

  private constructor(store: Store, overrides: Partial<EngineSettings>) {
    this.store = store;
    this.#settings = { ...settings, ...overrides };
  }

  static async open(t: TestContext, overrides: Partial<EngineSettings> = {}): Promise<Stage> {
    const store = await openStore('sqlite::memory:');
    const stage = new Stage(store, overrides);
    await stage.#start();
    t.after(async () => {
      await stage.engine.stop();
      await store.destroy();
    });
    return stage;
  }

  get engine(): Engine {
    assert.ok(this.#engine !== undefined, 'no engine was started');
    return this.#engine;
  }

  /** What it held in memory is lost, what is stored is not. */
  async restart(): Promise<void> {
    await this.engine.stop();
    await this.#start();
  }

  async accept(wish: Wish = {}): Promise<Accepted & { readonly id: string }> {
    const id = `transfer-${this.#count}`;
    this.#count += 1;
    const files = (wish.files ?? ['a', 'b', 'c']).map((path): RequestedFile => ({ path, isSymlink: false }));
    const what = { ...authorised, ...wish.authorised };
    const items = files.map(({ path }) => ({
      kind: 'file' as const,
      sourcePath: `${what.sourceFolder}/${path}`,
      destinationPath: `${what.destinationFolder}/${path}`,
    }));
    const asked =
      wish.isListed === undefined
        ? { authorised: what, files, items }
        : { authorised: { ...what, isWholeFolder: true }, files: undefined, items: [], isListed: true };
    const transfer = { id, ...asked, bytesTotal: 30, filesTotal: files.length };
    const limits = { itemsPerTask: 100, maxOpen: 0, maxOpenPerUser: 0, ...wish.limits };
    return { id, ...(await acceptTransfer(this.store, transfer, limits, this.clock.now())) };
  }

  /** Accepted, and known to the engine. */
  async request(wish: Wish = {}): Promise<string> {
    const { id, kind } = await this.accept(wish);
    assert.equal(kind, 'accepted');
    this.engine.wake(id);
    return id;
  }

  async cancel(id: string, { deleteJob = false } = {}): Promise<void> {
    await requestCancel(this.store, { id, subject: authorised.subject, deleteJob }, this.clock.now());
    this.engine.wake(id);
  }

  async retry(id: string, attempt?: number): Promise<Retried> {
    const { subject, scopes, sourceLocalUser, destinationLocalUser } = authorised;
    const wish = { id, attempt, subject, scopes, sourceLocalUser, destinationLocalUser };
    const retried = await beginAttempt(this.store, wish, { maxOpen: 0, maxOpenPerUser: 0 }, this.clock.now());
    this.engine.wake(id);
    return retried;
  }

  async read(id: string): Promise<Transfer> {
    const transfer = await findTransfer(this.store, id);
    assert.ok(transfer !== undefined, `${id} is not stored`);
    return transfer;
  }

  /** Moves the clock until it is so. */
  async until(what: string, isSo: () => boolean | Promise<boolean>, stepMs = 1_000): Promise<void> {
    for (let step = 0; step < 5_000; step += 1) {
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      if (await isSo()) return;
      this.clock.advance(stepMs);
    }
    assert.fail(`never: ${what}`);
  }

  async untilState(id: string, state: Transfer['state']): Promise<Transfer> {
    await this.until(`${id} is ${state}`, async () => (await this.read(id)).state === state);
    return this.read(id);
  }

  /** Ended, and its job says so. */
  async untilSettled(id: string): Promise<Transfer> {
    await this.until(`${id} is settled`, async () => (await this.read(id)).isSettled);
    return this.read(id);
  }

  async #start(): Promise<void> {
    const { store, services } = this;
    const { globus, scicat } = services;
    const clock = await watchClock({ store, clock: this.clock }, (error) => assert.fail(String(error)));
    const log = createLogger({ service: 'test', level: 'silent' });
    const onBytes = () => {};
    this.#engine = new Engine({ store, clock, globus, scicat, log, settings: this.#settings, onBytes });
    await this.#engine.start();
  }
}
