// What `beamgate explain CODE` says: what a running service still knows of that refusal, or what its log says of it.
import { z } from 'zod';
import { isRefusalReason, messageOf } from '../gateway/reasons.ts';
import { parseJson, send } from '../platform/outgoing.ts';
import { readCode } from '../platform/refusal-book.ts';
import { Unavailable } from '../platform/unavailable.ts';
import type { Explained } from './explain-request.ts';

export type CodeQuestion = {
  /** As somebody has read it out. */
  readonly heard: string;
  /** host:port of each service's operations listener, asked in their order. */
  readonly operations: readonly string[];
  /** The lines of a log, one JSON object each, whatever stands before it; `undefined`: the services are asked. */
  readonly log: AsyncIterable<string> | undefined;
};

export async function explainCode({ heard, operations, log }: CodeQuestion): Promise<Explained> {
  const code = readCode(heard);
  if (code === undefined)
    return {
      isAnswered: false,
      lines: [`"${heard}" is no code: it has eight letters and digits, such as K7WX-2MPQ`],
    };
  const lines = log === undefined ? await askServices(code, operations) : await findInLog(code, log);
  return Array.isArray(lines) ? { isAnswered: true, lines } : { isAnswered: false, lines: lines.problems };
}

type Found = string[] | { readonly problems: readonly string[] };

const answer = z.object({ lines: z.array(z.string()) });

async function askServices(code: string, operations: readonly string[]): Promise<Found> {
  const problems: string[] = [];
  for (const address of operations) {
    const told = await ask(address, code);
    if (Array.isArray(told)) return told;
    problems.push(`${address} ${told}`);
  }
  const hint =
    'a service keeps the latest 500 or more of each reason until it ends; --log FILE looks in its log';
  return { problems: [...problems, hint] };
}

async function ask(address: string, code: string): Promise<string[] | string> {
  try {
    const url = `http://${address}/refusals/${code}`;
    const told = await send({
      dependency: address,
      method: 'GET',
      url,
      timeoutMs: 5000,
      maxBytes: 1_048_576,
    });
    const known = answer.safeParse(parseJson(told.body));
    if (told.status === 200 && known.success) return known.data.lines;
    if (told.status === 404) return `knows no refusal ${code}`;
    return told.status === 403 ? 'answers only on its own machine' : `answered ${told.status}`;
  } catch (error) {
    if (error instanceof Unavailable) return 'does not answer';
    throw error;
  }
}

const logged = z.looseObject({
  code: z.string(),
  time: z.string().optional(),
  reason: z.string().optional(),
  outcome: z.string().optional(),
});

async function findInLog(code: string, log: AsyncIterable<string>): Promise<Found> {
  for await (const line of log) {
    if (!line.includes(code)) continue;
    const parsed = logged.safeParse(parseJson(line.slice(Math.max(line.indexOf('{'), 0))));
    if (parsed.success && parsed.data.code === code) return describeLine(parsed.data);
  }
  return { problems: [`no line of the log has the code ${code}`] };
}

/** In the order in which they are read; what else the line has comes behind. */
const known = [
  'requestId',
  'route',
  'method',
  'client',
  'username',
  'app',
  'rule',
  'line',
  'pattern',
  'detail',
];
const unsaid = new Set(['level', 'msg', 'service', 'code', 'time', 'reason', 'outcome', ...known]);

function describeLine({
  code,
  time = 'an unknown time',
  reason = '?',
  ...line
}: z.output<typeof logged>): string[] {
  const fields = [...known, ...Object.keys(line).filter((name) => !unsaid.has(name))];
  const said = fields.flatMap((name) => {
    const value: unknown = line[name];
    return value === undefined
      ? []
      : [`  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`];
  });
  return [
    `${code}, refused at ${time}`,
    `${line.outcome ?? 'refused'} (${reason})`,
    ...messageLines(reason),
    ...said,
  ];
}

function messageLines(reason: string): readonly string[] {
  return isRefusalReason(reason) ? [`  ${messageOf(reason)}`] : [];
}
