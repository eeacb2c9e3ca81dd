// Follows every transfer to its end: one worker a transfer at a time, a poll for all of them, places at Globus for
// some of them. What it holds in memory can be lost at any moment: a start reads it again from the store.
import { setImmediate } from 'node:timers/promises';
import pLimit from 'p-limit';
import { Unavailable } from '../../platform/unavailable.ts';
import { writeChange } from '../store/change.ts';
import { findTransfer, findUnsettled } from '../store/read.ts';
import { findHeldPlaces, type TaskNews } from '../store/tasks.ts';
import { advance, countActive, isMerelyTold, type Pause } from './advance.ts';
import { Agenda } from './agenda.ts';
import { backoffMs } from './backoff.ts';
import { Changes } from './changes.ts';
import type { EngineContext } from './context.ts';
import { deliverReport } from './deliver.ts';
import { obstacleOf } from './obstacle.ts';
import { Pace } from './pace.ts';
import { listLimits, placeLimits } from './place-limits.ts';
import { Places } from './places.ts';
import { askedDelayMs, Polling } from './polling.ts';
import { reportDue } from './report.ts';
import type { Transfer } from './types.ts';

export class Engine {
  #context: EngineContext;
  readonly #agenda: Agenda;
  readonly #places: Places;
  readonly #lists = new Places(listLimits);
  readonly #polling: Polling;
  readonly #pace: Pace;
  readonly #changes = new Changes();
  readonly #stop = new AbortController();
  readonly #workers = pLimit(64 + listLimits.total);
  readonly #running = new Map<string, Running>();
  readonly #failures = new Map<string, number>();
  #loops: Promise<unknown> = Promise.resolve();

  constructor(context: Omit<EngineContext, 'signal'>) {
    this.#context = { ...context, signal: this.#stop.signal };
    this.#agenda = new Agenda(context.clock);
    this.#places = new Places(placeLimits(context.settings));
    this.#pace = new Pace(context.settings.reportPaceMs);
    this.#polling = new Polling({
      context: () => this.#context,
      hasLine: () => this.#places.hasLine,
      tell: (news) => this.#tell(news),
    });
  }

  /** Takes up everything that is not settled. */
  async start(): Promise<void> {
    const { store } = this.#context;
    for (const { claim, tasks } of await findHeldPlaces(store)) {
      const { count, parked } = countActive(tasks);
      this.#places.hold(claim, count, { parked });
    }
    for (const id of await findUnsettled(store)) this.#agenda.wake(id);
    this.#loops = Promise.all([
      this.#untilStopped(() => this.#work()),
      this.#untilStopped(() => this.#polling.run()),
    ]);
  }

  /** Ends the calls that are under way; the next start goes on from what is stored. */
  async stop(): Promise<void> {
    this.#stop.abort(new Unavailable(stopping));
    await this.#loops;
    await Promise.all([...this.#running.values()].map(({ ended }) => ended.promise));
  }

  /** Counts from the next step on; one under way ends as it began. What was hindered is tried again at once. */
  reconfigure(changes: Pick<EngineContext, 'settings' | 'globus' | 'scicat'>): void {
    this.#context = { ...this.#context, ...changes };
    this.#places.limit(placeLimits(changes.settings));
    for (const id of [...this.#failures.keys(), ...this.#places.next()]) this.#agenda.wake(id);
    this.#polling.wake();
  }

  /** Something new is stored of this transfer: it is looked at now, whatever it was waiting for. */
  wake(id: string): void {
    this.#agenda.wake(id);
  }

  /**
   * Wakes the transfer and waits until `isReached`.
   * @throws Unavailable when a step meets an outage before; the signal's reason when it is aborted.
   */
  follow(id: string, isReached: (transfer: Transfer) => boolean, signal: AbortSignal): Promise<Transfer> {
    const look = async () => {
      const transfer = await findTransfer(this.#context.store, id);
      return transfer !== undefined && isReached(transfer) ? transfer : undefined;
    };
    const reached = this.#changes.until(id, look, AbortSignal.any([signal, this.#stop.signal]));
    this.#run(id, { isAsked: true });
    return reached;
  }

  async #untilStopped(loop: () => Promise<never>): Promise<void> {
    try {
      await loop();
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }

  async #work(): Promise<never> {
    for (;;) {
      this.#stop.signal.throwIfAborted();
      for (const [index, id] of this.#agenda.takeDue().entries()) {
        this.#run(id, { isAsked: false });
        // Thousands that a poll has woken would be one turn of the loop, and every request would wait for it.
        if (index % begunAtOnce === begunAtOnce - 1) await setImmediate();
      }
      await this.#agenda.rest(this.#stop.signal);
    }
  }

  /** @param isAsked somebody waits for an answer, so it does not wait for other transfers' workers. */
  #run(id: string, { isAsked }: { isAsked: boolean }): void {
    if (this.#stop.signal.aborted) return;
    const known = this.#running.get(id);
    const running = known ?? { isBegun: false, isWokenAgain: false, ended: Promise.withResolvers<void>() };
    this.#running.set(id, running);
    if (running.isBegun) running.isWokenAgain = true;
    else if (isAsked) void this.#runNow(id, running);
    else if (known === undefined) void this.#workers(() => this.#runNow(id, running));
  }

  async #runNow(id: string, running: Running): Promise<void> {
    if (running.isBegun) return;
    running.isBegun = true;
    await this.#advance(id);
    this.#running.delete(id);
    if (running.isWokenAgain) this.#agenda.wake(id);
    for (const next of this.#places.next()) this.#agenda.wake(next);
    this.#polling.hurry();
    running.ended.resolve();
  }

  /** Never rejects: what stands in the way of one transfer is tried again, and stops no other. */
  async #advance(id: string): Promise<void> {
    try {
      const pause = await advance(this.#context, {
        id,
        places: this.#places,
        lists: this.#lists,
        pace: this.#pace,
        onStep: () => this.#stepTaken(id),
      });
      if (pause.kind === 'hindered') return await this.#postpone(id, pause);
      if (pause.forMs !== undefined) this.#agenda.wakeIn(id, pause.forMs);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      for (const line of [this.#places, this.#lists]) line.withdraw(id);
      this.#retryLater(id, error);
    }
  }

  #stepTaken(id: string): void {
    this.#failures.delete(id);
    this.#changes.changed(id);
    this.#wakeReaders();
  }

  #wakeReaders(): void {
    for (const next of this.#lists.next()) this.#agenda.wake(next);
  }

  async #postpone(id: string, pause: Extract<Pause, { kind: 'hindered' }>): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { error, transfer, step } = pause;
    this.#retryLater(id, error);
    this.#wakeReaders();
    const obstacle = obstacleOf(error);
    if (isMerelyTold({ kind: step })) return;
    if (transfer.obstacle !== obstacle)
      await writeChange(this.#context.store, transfer, { obstacle }, this.#context.clock.now());
    if (!(error instanceof Unavailable && error.dependency === 'scicat')) await this.#tellObstacle(id);
  }

  /** SciCat's job says what a transfer waits for, as far as SciCat is there to be told. */
  async #tellObstacle(id: string): Promise<void> {
    const { store, clock, settings, log } = this.#context;
    const transfer = await findTransfer(store, id);
    if (transfer === undefined) return;
    const due = reportDue(transfer, clock.now(), settings.reportIntervalMs);
    if (due.kind !== 'now') return;
    try {
      await deliverReport(this.#context, transfer, due);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      log.info({ transferId: id, error }, 'scicat could not be told what a transfer waits for');
    }
  }

  #retryLater(id: string, error: unknown): void {
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, failures);
    const delayMs = backoffMs(failures, askedDelayMs(error), Math.random());
    this.#agenda.wakeIn(id, delayMs);
    this.#changes.failed(id, error);
    const level = error instanceof Unavailable ? 'warn' : 'error';
    this.#context.log[level](
      { transferId: id, failures, delayMs: Math.round(delayMs), error },
      'tried again later',
    );
  }

  #tell(news: readonly TaskNews[]): void {
    for (const { transferId, status, hasMoved, hasNewStanding } of news) {
      if (status !== 'active') this.#agenda.wake(transferId);
      // Mere progress is worth a look only when SciCat may be told of it again.
      else if (hasMoved && !hasNewStanding)
        this.#agenda.wakeIn(transferId, this.#context.settings.reportIntervalMs);
      // What Globus says of it does not hurry what waits for an outage to end.
      else if (!this.#failures.has(transferId)) this.#agenda.wake(transferId);
      this.#changes.changed(transferId);
    }
  }
}

const begunAtOnce = 20;

/** The worker of one transfer: queued, then begun; woken meanwhile, it is run once more. */
type Running = {
  isBegun: boolean;
  isWokenAgain: boolean;
  readonly ended: PromiseWithResolvers<void>;
};

const stopping = {
  dependency: 'transfer-service',
  reason: 'busy',
  message: 'this service is being stopped; what was asked for is stored and goes on after its start',
} as const;
