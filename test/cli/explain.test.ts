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

  describe('with claims', () => {
    const config = text.replace(
      'providers:\n',
      'providers:\n  sso: { kind: oidc, issuer: https://sso.lab.org, acceptTokensFor: [x], claims: { groups: [groups, email] } }\n',
    );
    const oneRealm = config.replace('url: https://lab.org/a', 'url: https://lab.org/a\n    providers: [sso]');
    async function explainClaims(claims: unknown, options: Partial<ExplainOptions> = {}) {
      const said = typeof claims === 'string' ? claims : JSON.stringify(claims);
      const readFile = (path: string) => (path === 'g.yaml' ? oneRealm : said);
      const asked = { claims: 'c.json', provider: 'sso', ...options };
      return explainRequest('g.yaml', { readFile, environment: {} }, asked);
    }
    const ann = {
      sub: 's1',
      preferred_username: 'ann',
      groups: [20240123, 'staff', 1.5],
      email: 'ann@lab.org',
    };

    it('says who it is, what could not be used, and what would become of a request', async () => {
      const who = [
        'ann of realm sso',
        '  groups: 20240123, staff',
        '  roles: ',
        '  email: ',
        '  name: ',
        '  groups: groups holds a fraction, which is left out',
        '  groups: email is left out, email_verified is not true',
        '  email: email is left out, email_verified is not true',
      ];
      assert.deepEqual(await explainClaims(ann), { isAnswered: true, lines: who });
      const request = { method: 'GET', url: 'https://lab.org/a/x', from: '10.0.0.1' };
      const { lines } = await explainClaims(ann, request);
      assert.deepEqual(lines.slice(0, who.length + 1), [...who, 'allow (in_group), app a']);
      const refused = await explainClaims({ ...ann, groups: [{ name: 'staff' }] }, request);
      assert.match(refused.lines.join(';'), /forbid \(not_permitted\).*; {2}groups: groups holds an object/);
    });

    it('reads a token too, and says whom it does not name', async () => {
      const payload = Buffer.from(JSON.stringify({ sub: 's1', email: 'x' })).toString('base64url');
      const { isAnswered, lines } = await explainClaims(`eyJhbGciOiJSUzI1NiJ9.${payload}.AAAA\n`);
      assert.equal(isAnswered, false);
      assert.match(
        lines.join(),
        /sso names nobody \(token_username_missing\): no text at preferred_username/,
      );
    });

    it('says what it cannot read', async () => {
      assert.match((await explainClaims('[')).lines.join(), /neither a JSON object nor a token/);
      assert.match((await explainClaims(ann, { provider: undefined })).lines.join(), /one of sso, scicat/);
      assert.match((await explainClaims(ann, { provider: 'nope' })).lines.join(), /one of sso, scicat/);
      assert.match((await explainClaims(ann, { user: 'ben' })).lines.join(), /leave --user/);
      assert.match((await explain({ provider: 'sso' })).join(), /goes with --claims/);
    });
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
