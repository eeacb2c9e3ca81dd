// Which transfer may hand over its next task to Globus: of the users who wait, the one who has the fewest tasks at work
// there, then who asked first. Tasks that are parked (paused, or waiting after an error) take no place from others. In
// memory: a start fills it again from what is stored.

/** Who holds a place, or waits for one. */
export type Claim = {
  readonly id: string;
  readonly user: string;
  readonly facilities: readonly string[];
};

export type PlaceLimits = {
  readonly total: number;
  readonly perUser: number;
  /** By name; a facility that is not there has no limit of its own. */
  readonly ofFacilities: ReadonlyMap<string, number>;
  /** Tasks in all, the parked ones too. Default: any number. */
  readonly open?: number;
};

export type Held = {
  /** Tasks at Globus, and the place that is reserved for the next. */
  readonly count: number;
  /** Those of them that are at work on nothing. */
  readonly parked: number;
  /** For a task that is prepared and not submitted yet. */
  readonly isReserved: boolean;
};

const nothing: Held = { count: 0, parked: 0, isReserved: false };

/** Those who wait and are alike: what stands in the way of the first stands in the way of all. */
type Lane = {
  readonly user: string;
  readonly facilities: readonly string[];
  /** By transfer, in the order of asking. */
  readonly waiting: Map<string, number>;
};

export class Places {
  #limits: PlaceLimits;
  readonly #held = new Map<string, Held>();
  readonly #users = new Tally();
  readonly #parked = new Tally();
  readonly #facilities = new Tally();
  readonly #lanes = new Map<string, Lane>();
  #working = 0;
  #open = 0;
  #asked = 0;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** From now on; who holds more than that keeps it. */
  limit(limits: PlaceLimits): void {
    this.#limits = limits;
  }

  heldBy(transferId: string): Held {
    return this.#held.get(transferId) ?? nothing;
  }

  /** From now on the transfer holds this, be it more or less. */
  hold(
    claim: Claim,
    count: number,
    { parked = 0, isReserved = false }: Partial<Omit<Held, 'count'>> = {},
  ): void {
    const before = this.heldBy(claim.id);
    const change = count - parked - (before.count - before.parked);
    this.#open += count - before.count;
    this.#working += change;
    this.#users.add(claim.user, change);
    this.#parked.add(claim.user, parked - before.parked);
    for (const facility of claim.facilities) this.#facilities.add(facility, change);
    if (count === 0) this.#held.delete(claim.id);
    else this.#held.set(claim.id, { count, parked, isReserved });
  }

  /** Somebody waits for a place. */
  get hasLine(): boolean {
    return this.#lanes.size > 0;
  }

  /** Whether the transfer may hand over one more task now; where not, it waits in line. */
  isOffered(claim: Claim): boolean {
    const lane = this.#laneOf(claim);
    if (!lane.waiting.has(claim.id)) lane.waiting.set(claim.id, this.#asked++);
    const isOffered = this.next().includes(claim.id);
    if (isOffered) this.leave(claim);
    return isOffered;
  }

  /** It wants no place, or not now. */
  leave(claim: Claim): void {
    const key = laneKey(claim);
    const lane = this.#lanes.get(key);
    lane?.waiting.delete(claim.id);
    if (lane?.waiting.size === 0) this.#lanes.delete(key);
  }

  /** What it wants cannot be read now: at the head of the line it would keep the place from those behind. */
  withdraw(transferId: string): void {
    for (const [key, { waiting }] of this.#lanes) {
      if (waiting.delete(transferId) && waiting.size === 0) this.#lanes.delete(key);
    }
  }

  /** The transfers whose turn it is. */
  next(): readonly string[] {
    const { total, open = Number.POSITIVE_INFINITY } = this.#limits;
    const free = Math.min(total - this.#working, open - this.#open);
    if (free <= 0 || this.#lanes.size === 0) return [];
    const users = this.#users.copy();
    const facilities = this.#facilities.copy();
    const lines = [...this.#lanes.values()].map(toLine);
    const chosen: string[] = [];
    while (chosen.length < free) {
      const line = lines
        .filter(({ lane, head }) => head !== undefined && this.#hasRoom(lane, users, facilities))
        .reduce<Line | undefined>((best, one) => (isBefore(one, best, users) ? one : best), undefined);
      if (line?.head === undefined) break;
      chosen.push(line.head[0]);
      line.head = line.rest.next().value;
      users.add(line.lane.user, 1);
      for (const facility of line.lane.facilities) facilities.add(facility, 1);
    }
    return chosen;
  }

  #hasRoom(lane: Lane, users: Tally, facilities: Tally): boolean {
    const { perUser, ofFacilities, open = Number.POSITIVE_INFINITY } = this.#limits;
    return (
      users.of(lane.user) < perUser &&
      // However many of one user's tasks are parked, there is room for somebody else's.
      this.#parked.of(lane.user) < open - this.#open &&
      lane.facilities.every(
        (name) => facilities.of(name) < (ofFacilities.get(name) ?? Number.POSITIVE_INFINITY),
      )
    );
  }

  #laneOf(claim: Claim): Lane {
    const key = laneKey(claim);
    const lane = this.#lanes.get(key) ?? { ...claim, waiting: new Map() };
    this.#lanes.set(key, lane);
    return lane;
  }
}

/** How many of each. */
class Tally {
  readonly #counts: Map<string, number>;

  constructor(counts: ReadonlyMap<string, number> = new Map()) {
    this.#counts = new Map(counts);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  add(name: string, count: number): void {
    const sum = this.of(name) + count;
    if (sum === 0) this.#counts.delete(name);
    else this.#counts.set(name, sum);
  }

  copy(): Tally {
    return new Tally(this.#counts);
  }
}

type Line = {
  readonly lane: Lane;
  head: readonly [id: string, asked: number] | undefined;
  readonly rest: MapIterator<[string, number]>;
};

function toLine(lane: Lane): Line {
  const rest = lane.waiting.entries();
  return { lane, head: rest.next().value, rest };
}

function isBefore(one: Line, best: Line | undefined, users: Tally): boolean {
  if (best?.head === undefined || one.head === undefined) return true;
  const difference = users.of(one.lane.user) - users.of(best.lane.user);
  return difference < 0 || (difference === 0 && one.head[1] < best.head[1]);
}

function laneKey({ user, facilities }: Claim): string {
  return JSON.stringify([user, ...facilities]);
}
