import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadTestedConfig } from '../../gateway/config-tests.ts';
import { renderMistake } from '../../platform/config/mistakes.ts';

/** Its tests begin in line 12. */
async function mistakes(...tests: readonly string[]): Promise<readonly string[]> {
  const text = `publicUrl: https://lab.org/sso
providers:
  scicat: { kind: scicat, url: https://scicat.lab.org }
apps:
  a:
    url: https://lab.org/a
    public: [/open]
    rules:
      - { networks: [10.0.0.0/8], paths: [/inner], allow: public }
      - { allow: { groups: [staff] } }
tests:
${tests.map((test) => `  - { ${test} }\n`).join('')}`;
  const loaded = await loadTestedConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
  return loaded.ok ? [] : loaded.mistakes.map(renderMistake);
}

describe('tests in the file', () => {
  it('pass where the decision is the expected one', async () => {
    const good = [
      'request: GET https://lab.org/a/open, from: 192.0.2.1, expect: allow, rule: a.public',
      'request: GET https://lab.org/a/inner, from: 10.0.0.1, expect: allow, rule: "a.rules[0]"',
      'request: GET https://lab.org/a/x, from: 10.0.0.1, expect: authenticate, rule: "a.rules[1]"',
      'request: GET https://lab.org/a/x, from: 10.0.0.1, as: { user: ann, groups: [staff] }, expect: allow',
      'request: GET https://lab.org/a/x, from: 10.0.0.1, as: { user: bob }, expect: forbid',
      'request: GET https://lab.org/a/x, expect: malformed',
      'request: GET https://lab.org/a/../x, from: 10.0.0.1, expect: malformed',
      'request: GET https://lab.org/other, from: 10.0.0.1, expect: forbid',
      'request: GET https://lab.org/a/x, from: 10.0.0.1, as: { user: ann, groups: [staff] }, credential: basic, expect: authenticate',
      'request: POST https://lab.org/a/x, from: 10.0.0.1, as: { user: ann, groups: [staff] }, credential: session, headers: { Origin: "https://evil.org" }, expect: forbid',
    ];
    assert.deepEqual(await mistakes(...good), []);
  });

  it('are mistakes with their line where it is not, with what almost fit', async () => {
    assert.deepEqual(
      await mistakes(
        'request: GET https://lab.org/a/x, from: 10.0.0.1, as: { user: ann, groups: [/staff] }, expect: allow',
        'request: GET https://lab.org/a/open, from: 10.0.0.1, expect: allow, rule: "a.rules[0]"',
        'request: GET https://lab.org/a/open, expect: allow',
      ),
      [
        'g.yaml:12 tests[0]: expected allow, found forbid (not_permitted) by a.rules[1] (line 10); you are signed in, but may not use this service; the group is "/staff", the rule has "staff": a slash',
        'g.yaml:13 tests[1]: expected allow by a.rules[0], found allow (public) by a.public (line 7)',
        'g.yaml:14 tests[2]: expected allow, found malformed (client_address_unknown); the proxy does not tell the client’s address, or it is unreadable, and rules of this app go by networks; say from where it comes: from: ADDRESS',
      ],
    );
  });

  it('are refused where they are no requests', async () => {
    assert.match(
      (await mistakes('request: lab.org/a, expect: allow')).join(),
      /tests\[0\]\.request: .* is no request/,
    );
    assert.match(
      (await mistakes('request: GET https://lab.org/a, expect: pass')).join(),
      /tests\[0\]\.expect/,
    );
  });
});
