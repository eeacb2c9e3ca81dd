// Where each key of a YAML text stands, so that a mistake can be named with its line. Pure.
import { EVENT_ID, type Event, getScalarValue } from 'js-yaml';

export type Path = readonly (string | number)[];

/** Finds the 1-based line of a path; of a key that is not in the text, its nearest parent's. */
export type LineOf = (path: Path) => number;

type Frame = {
  readonly path: Path;
  readonly kind: 'document' | 'sequence' | 'mapping';
  index: number;
  key: string | undefined;
};

/** @param events what js-yaml's `parseEvents` made of `text`. */
export function locate(text: string, events: readonly Event[]): LineOf {
  const offsets = new Map<string, number>();
  const frames: Frame[] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      frames.pop();
      closeValue(frames.at(-1));
      continue;
    }
    const parent = frames.at(-1);
    if (event.type === EVENT_ID.SCALAR && parent?.kind === 'mapping' && parent.key === undefined) {
      parent.key = getScalarValue(text, event);
      offsets.set(nameOf([...parent.path, parent.key]), event.valueStart);
      continue;
    }
    const path = pathOf(parent);
    if ('start' in event && !offsets.has(nameOf(path))) offsets.set(nameOf(path), event.start);
    if (event.type === EVENT_ID.SCALAR && !offsets.has(nameOf(path)))
      offsets.set(nameOf(path), event.valueStart);
    if (event.type === EVENT_ID.SCALAR || event.type === EVENT_ID.ALIAS) closeValue(parent);
    else frames.push({ path, kind: kindOf(event), index: 0, key: undefined });
  }
  const starts = lineStarts(text);
  return (path) => lineAt(starts, nearest(offsets, path));
}

/** `apps.grafana.rules[0].group`; the file's root is ``. */
export function nameOf(path: Path): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? part : `${name}.${part}`;
  }, '');
}

function kindOf(event: Event): Frame['kind'] {
  if (event.type === EVENT_ID.MAPPING) return 'mapping';
  return event.type === EVENT_ID.SEQUENCE ? 'sequence' : 'document';
}

function pathOf(parent: Frame | undefined): Path {
  if (parent === undefined || parent.kind === 'document') return parent?.path ?? [];
  return [...parent.path, parent.kind === 'sequence' ? parent.index : (parent.key ?? '')];
}

function closeValue(frame: Frame | undefined): void {
  if (frame === undefined) return;
  frame.index += 1;
  frame.key = undefined;
}

function nearest(offsets: ReadonlyMap<string, number>, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const offset = offsets.get(nameOf(path.slice(0, length)));
    if (offset !== undefined) return offset;
  }
  return 0;
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The line in whose bounds the offset lies, by halves: a file of 10,000 apps asks for that many lines. */
function lineAt(starts: readonly number[], offset: number): number {
  let [first, after] = [0, starts.length];
  while (after - first > 1) {
    const middle = (first + after) >> 1;
    if ((starts[middle] ?? 0) <= offset) first = middle;
    else after = middle;
  }
  return first + 1;
}
