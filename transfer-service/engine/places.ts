// How many tasks are at Globus at the same time, and who is next: of the users who wait, the one who has the fewest
// there, then who asked first. In memory: after a start it is filled again from what is stored.

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
};

/** Those who wait and are alike: what stands in the way of the first stands in the way of all. */
type Lane = {
  readonly user: string;
  readonly facilities: readonly string[];
  /** By transfer, in the order of asking. */
  readonly waiting: Map<string, number>;
};

export class Places {
  readonly #limits: PlaceLimits;
  readonly #held = new Map<string, number>();
  readonly #users = new Tally();
  readonly #facilities = new Tally();
  readonly #lanes = new Map<string, Lane>();
  #total = 0;
  #asked = 0;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  heldBy(transferId: string): number {
    return this.#held.get(transferId) ?? 0;
  }

  /** From now on the transfer holds this many, be it more or fewer. */
  hold(claim: Claim, count: number): void {
    const change = count - this.heldBy(claim.id);
    this.#total += change;
    this.#users.add(claim.user, change);
    for (const facility of claim.facilities) this.#facilities.add(facility, change);
    if (count === 0) this.#held.delete(claim.id);
    else this.#held.set(claim.id, count);
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
    const free = this.#limits.total - this.#total;
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
    const { perUser, ofFacilities } = this.#limits;
    return (
      users.of(lane.user) < perUser &&
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
