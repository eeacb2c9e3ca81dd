// Answers without a network, and what was asked: undici's MockAgent, one list of answers per path.
import type { TestContext } from 'node:test';
import { MockAgent } from 'undici';

export type MockAnswer = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type MockNetwork = {
  readonly agent: MockAgent;
  /** Every request, in its order. */
  readonly asked: Asked[];
  /** Answers one after the other; the last one again and again. */
  answer(method: string, url: string | RegExp, ...answers: readonly [MockAnswer, ...MockAnswer[]]): void;
};

export function mockNetwork(t: TestContext, origin: string): MockNetwork {
  const agent = new MockAgent();
  agent.disableNetConnect();
  t.after(() => agent.close());
  const asked: Asked[] = [];
  const pool = agent.get(origin);
  return {
    agent,
    asked,
    answer(method, url, ...answers) {
      let next = 0;
      pool
        .intercept({ method, path: url })
        .reply(({ path, body, headers }) => {
          asked.push({ method, path, headers: readHeaders(headers), body: String(body ?? '') });
          const answer = answers[Math.min(next, answers.length - 1)] ?? answers[0];
          next += 1;
          return {
            statusCode: answer.status,
            data: typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? ''),
            responseOptions: { headers: { ...answer.headers } },
          };
        })
        .persist();
    },
  };
}

function readHeaders(headers: unknown): Record<string, string> {
  const entries = Object.entries(typeof headers === 'object' && headers !== null ? headers : {});
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}
