// Lines that proxies send with every question. What was a line of a request once is one the next time, letter by letter: it
// is compared, which takes a tenth of the time that taking it apart does. With which one, the line before it says.
import { canonicalName } from './header-names.ts';
import { ownCopy } from './own-copy.ts';

/** A request's line, known by the name of its field. */
export class UsualLine {
  /** As it is written. */
  readonly name: string;
  readonly #isKept: boolean;
  #changes = 0;
  /** As it came some time ago, with its end; empty: nothing is known of it. */
  #text = '';
  value = '';
  /** What stood behind it the last time. */
  next: UsualLine | undefined;

  /** @param isKept whether what it says may stay in memory. */
  constructor(name: string, isKept: boolean) {
    this.name = name;
    this.#isKept = isKept;
  }

  /** With its end. */
  get length(): number {
    return this.#text.length;
  }

  /** Whether it is there as it came some time ago, so that it has the same `value`. */
  standsAt(head: string, at: number): boolean {
    const text = this.#text;
    return text !== '' && head.slice(at, at + text.length) === text;
  }

  /** Of a line that says something else each time, one in so many is: to learn costs more than it may save. */
  isToBeLearnt(): boolean {
    return this.#isKept && this.#changes++ % learntOneIn === 0;
  }

  learn(text: string, value: string): void {
    if (text.length > maxLength) return;
    this.value = ownCopy(value);
    this.#text = ownCopy(text);
  }
}

const learntOneIn = 64;
const maxLength = 512;

/** What clients and proxies say of themselves: nothing in it is a secret. */
const kept = [
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'dnt',
  'host',
  'pragma',
  'priority',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  'upgrade-insecure-requests',
  'user-agent',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-method',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-original-method',
  'x-real-ip',
];
/** Credentials, and addresses that may have one in them. */
const notKept = [
  'authorization',
  'cookie',
  'origin',
  'referer',
  'x-forwarded-uri',
  'x-original-url',
  'x-request-id',
];

/**
 * Whether the address of a request may stay in memory: it is as short as those that an admin gives a proxy to ask at. A
 * longer one may go on with the client's own, of Envoy's questions, and in that, as in a query, there may be a secret.
 */
export function isOfAdmin(url: string): boolean {
  return /^(?:\/[A-Za-z0-9._-]*){1,2}$/.test(url);
}

/** In each way in which they are written: `X-Real-Ip` by Traefik, `x-real-ip` by others. */
const usualNames: ReadonlyMap<string, string> = new Map(
  [...kept, ...notKept].flatMap((name) => [name, canonicalName(name)].map((written) => [written, written])),
);

/** @returns the same text, which all that is usual has in common; of another name `undefined`. */
export function usualNameOf(name: string): string | undefined {
  return usualNames.get(name);
}

/** @returns one for each usual name. */
export function createUsualFields(): ReadonlyMap<string, UsualLine> {
  const isKept = (name: string) => kept.includes(name.toLowerCase());
  return new Map([...usualNames.values()].map((name) => [name, new UsualLine(name, isKept(name))]));
}
