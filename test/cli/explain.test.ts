import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ExplainOptions, explainRequest } from '../../cli/explain-request.ts';

const text = `publicUrl: https://lab.org/sso
providers:
  scicat: { kind: scicat, url: https://scicat.lab.org }
apps:
  a:
    url: https://lab.org/a
    public: [/open]
    rules:
      - { methods: [GET], paths: [/x], allow: { groups: [staff] } }
      - { observe: true, allow: nobody }
      - { networks: [10.0.0.0/8], allow: { users: [ann] } }
`;

async function explain(options: Partial<ExplainOptions> = {}): Promise<readonly string[]> {
  const asked = { method: 'GET', url: 'https://lab.org/a/x', from: '10.0.0.1', ...options };
  return (await explainRequest('g.yaml', { readFile: () => text, environment: {} }, asked)).lines;
}

describe('beamgate explain', () => {
  it('names the rule with its line, and what almost fit', async () => {
    assert.deepEqual(await explain({ user: 'ann', groups: 'p1,/Staff' }), [
      'forbid (not_permitted), app a',
      '  g.yaml:7 a.public: its paths do not fit: /open',
      '  g.yaml:9 a.rules[0]: decides',
      '  you are signed in, but may not use this service',
      '  the group is "/Staff", the rule has "staff": a slash',
    ]);
  });

  it('says why each earlier rule did not decide', async () => {
    assert.deepEqual(await explain({ method: 'POST', from: '192.0.2.1' }), [
      'forbid (no_rule), app a',
      '  g.yaml:7 a.public: its paths do not fit: /open',
      '  g.yaml:9 a.rules[0]: its methods do not fit: GET, and this is POST',
      '  g.yaml:10 a.rules[1]: fits, and only observes',
      '  g.yaml:11 a.rules[2]: its networks do not fit: 10.0.0.0/8, and this comes from 192.0.2.1',
      '  no rule lets this request pass',
    ]);
  });

  it('says what is malformed, and what is no question', async () => {
    assert.match(
      (await explain({ url: 'https://lab.org/a/%2e%2e/x' })).join(),
      /^malformed \(invalid_path\)/,
    );
    assert.match((await explain({ url: 'lab.org' })).join(), /is no request/);
    assert.match((await explain({ groups: 'it' })).join(), /say --user too/);
    assert.match((await explain({ user: 'ann', realm: 'nope' })).join(), /there is no realm "nope"/);
  });

  it('says how an address is given, where rules go by networks', async () => {
    assert.deepEqual(await explain({ from: undefined }), [
      'malformed (client_address_unknown)',
      '  the proxy does not tell the client’s address, or it is unreadable, and rules of this app go by networks',
      '  say from where it comes: --from ADDRESS',
    ]);
  });

  it('takes headers and a kind of credential along, and says which it cannot read', async () => {
    const posted = { method: 'POST', user: 'ann', credential: 'session' };
    assert.match((await explain(posted)).join(), /^forbid \(cross_origin\)/);
    assert.match(
      (await explain({ ...posted, header: ['Origin: https://lab.org'] })).join(),
      /^allow \(user_listed\)/,
    );
    const overridden = await explain({ header: ['X-HTTP-Method: PUT'] });
    assert.match(overridden.join(), /^malformed \(method_override\)/);
    assert.match(
      (await explain({ credential: 'kerberos' })).join(),
      /there is no kind of credential "kerberos"/,
    );
    assert.match((await explain({ header: ['Origin'] })).join(), /written as "Name: value"/);
  });

  it('says which file cannot be read', async () => {
    const readFile = (): string => {
      throw Object.assign(new Error('no'), { code: 'ENOENT' });
    };
    const asked = { method: 'GET', url: 'https://lab.org/' };
    const { lines, isAnswered } = await explainRequest('g.yaml', { readFile, environment: {} }, asked);
    assert.ok(!isAnswered);
    assert.deepEqual(lines, ['g.yaml: cannot be read (ENOENT)']);
  });
});
