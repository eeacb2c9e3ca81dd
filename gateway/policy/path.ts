// A request's target -> the segments that rules are matched against. What proxy, gateway and app could read
// differently is refused, not guessed at. Pure.
import type { EncodedCharacter, Malformed } from '../types.ts';

export type ParsedPath = {
  /** Decoded; a final `/` is an empty last segment. */
  readonly segments: readonly string[];
  /** What an app has to allow in words before this path means anything. */
  readonly encoded: readonly EncodedCharacter[];
  /** A segment has a slash or a `;` in it, which an app may read in another way. */
  readonly isAmbiguous: boolean;
};

/**
 * More than a path needs. What is read closely costs by its length and by its segments, and whoever floods the gateway
 * chooses both.
 */
const maxLength = 8192;
const maxSegments = 256;

/**
 * @param target path and query, undecoded, as the client sent them (RFC 9112 section 3.2.1, origin form).
 * @returns `invalid_path` for `//`, dot segments in any spelling, control bytes, `\`, `#`, `%3F`, `%23`, a bad escape,
 * bytes that are no UTF-8, and for what is longer than 8 KiB or has more than 256 segments; the query counts for nothing.
 */
export function readPath(target: string): ParsedPath | Malformed {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  if (!path.startsWith('/')) return invalid('it does not begin with /');
  if (path.length > maxLength) return invalid(`it is longer than ${maxLength} bytes`);
  const raw = path.slice(1).split('/');
  if (raw.length > maxSegments) return invalid(`it has more than ${maxSegments} segments`);
  // The common case by far: nothing in it that has to be looked at closely.
  if (/^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*\/?$/.test(path))
    return { segments: raw, encoded: none, isAmbiguous: false };
  const encoded = new Set<EncodedCharacter>();
  const segments: string[] = [];
  for (const [index, part] of raw.entries()) {
    const segment = isPlain.test(part) ? part : readSegment(part, encoded);
    if (typeof segment !== 'string') return segment;
    if (segment === '' && index < raw.length - 1) return invalid('it has an empty segment (//)');
    segments.push(segment);
  }
  return { segments, encoded: [...encoded], isAmbiguous: segments.some((segment) => /[;/]/.test(segment)) };
}

const none: readonly EncodedCharacter[] = [];

/** Visible ASCII that stands for itself, and no dot segment, since it does not begin with a dot. */
const isPlain = /^(?:[!$&-,\-0-9:;=@A-Z_a-z~][!$&-.0-9:;=@A-Z_a-z~]*)?$/;

function readSegment(part: string, encoded: Set<EncodedCharacter>): string | Malformed {
  if (/[\\#]/.test(part)) return invalid('it has a \\ or a #');
  if (/%(?![0-9A-Fa-f]{2})/.test(part)) return invalid('it has a bad escape');
  if (/%(?:3[Ff]|23|5[Cc])/.test(part)) return invalid('it has an encoded ?, # or \\');
  if (/%2[Ff]/.test(part)) encoded.add('slash');
  if (/%25/.test(part)) encoded.add('percent');
  const segment = decode(part);
  if (segment === undefined) return invalid('it is no UTF-8');
  if (/[\u0000-\u001f\u007f]/.test(segment)) return invalid('it has control bytes');
  if (segment.split(/[/\\]/).some(isDotSegment)) return invalid('it has a dot segment');
  return segment;
}

/** `..;x=1` is `..` to a servlet container. */
function isDotSegment(segment: string): boolean {
  return /^\.{1,2}(?:;.*)?$/s.test(segment);
}

/** Node gives header bytes as latin1, so a raw byte and an escaped one decode alike. */
function decode(part: string): string | undefined {
  if (/[^\u0000-\u00ff]/.test(part)) return undefined;
  try {
    return decodeURIComponent(part.replace(/[\u0080-\u00ff]/g, encodeByte));
  } catch {
    return undefined;
  }
}

function encodeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}

function invalid(detail: string): Malformed {
  return { outcome: 'malformed', reason: 'invalid_path', detail: `the path is not served: ${detail}` };
}
