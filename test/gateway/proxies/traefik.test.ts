import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Question } from '../../../gateway/proxies/forwarded.ts';
import { identityHeaderNames } from '../../../gateway/proxies/identity-headers.ts';
import { traefik } from '../../../gateway/proxies/traefik.ts';
import type { ForwardedRequest, RawHeaders } from '../../../gateway/types.ts';
import { readNetworks } from '../../../platform/networks.ts';
import { traefikHeaders } from '../samples.ts';

const trusted = readNetworks(['10.0.0.0/8', '::1']);

function question(headers: RawHeaders, query = ''): Question {
  return {
    method: 'GET',
    url: '/auth/traefik',
    authenticated: undefined,
    parameters: new URLSearchParams(query),
    headers,
    peerAddress: '10.0.0.1',
    isTrustedProxy: (address) => trusted.has(address),
    makeRequestId: () => 'made',
  };
}

function read(headers: RawHeaders, query = ''): ForwardedRequest {
  const request = traefik.read(question(headers, query));
  assert.ok(!('outcome' in request), JSON.stringify(request));
  return request;
}

function reason(headers: RawHeaders): string {
  const request = traefik.read(question(headers));
  return 'outcome' in request ? request.reason : 'read';
}

describe('Traefik’s question', () => {
  it('is read from the five headers that Traefik sets', () => {
    const headers = traefikHeaders({
      'X-Forwarded-Method': 'POST',
      'X-Forwarded-Host': 'LAB.org:8443',
      'X-Forwarded-Uri': '/a%2Fb/?q=1&r=%2e',
      'X-Forwarded-For': '192.0.2.9',
    });
    assert.deepEqual(read(headers), {
      scheme: 'https',
      isUpgrade: false,
      method: 'POST',
      host: { name: 'lab.org', port: 8443 },
      target: '/a%2Fb/?q=1&r=%2e',
      clientAddress: '192.0.2.9',
      headers,
      namedApp: undefined,
      namedGroups: undefined,
      requestId: 'made',
    });
  });

  it('ignores every other header that says where a request came from', () => {
    const client = [
      'Host',
      'evil',
      'X-Original-URL',
      '/evil',
      'X-Forwarded-Prefix',
      '/evil',
      'Forwarded',
      'host=evil',
    ];
    const others = [
      'X-Forwarded-Port',
      '1',
      'X-Forwarded-Server',
      'evil',
      'X-Real-Ip',
      '1.1.1.1',
      'X-Original-URI',
      '/',
    ];
    const request = read(
      traefikHeaders({}, [...client, ...others, 'X_Forwarded_Uri', '/evil', 'X-HTTP-Method', 'PUT']),
    );
    assert.deepEqual(
      [request.host.name, request.target, request.clientAddress, request.method],
      ['lab.org', '/', '192.0.2.1', 'GET'],
    );
  });

  it('takes the app from the address that the admin gave', () => {
    assert.equal(read(traefikHeaders(), 'app=grafana').namedApp, 'grafana');
    assert.deepEqual(read(traefikHeaders(), 'app=a&groups=x,y%20z').namedGroups, ['x', 'y z']);
  });

  for (const name of ['X-Forwarded-Method', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Forwarded-Uri']) {
    it(`without ${name} is malformed`, () => {
      assert.equal(reason(traefikHeaders({ [name]: undefined })), 'missing_forwarded_header');
      assert.equal(reason(traefikHeaders({ [name]: '' })), 'missing_forwarded_header');
    });

    it(`with two of ${name} is malformed, even where they agree`, () => {
      const headers = traefikHeaders();
      const value = headers[headers.indexOf(name) + 1] ?? '';
      assert.equal(reason(traefikHeaders({}, [name.toLowerCase(), value])), 'repeated_forwarded_header');
      assert.equal(reason(traefikHeaders({}, [name, 'other'])), 'repeated_forwarded_header');
    });
  }

  const odd: readonly (readonly [string, string, string])[] = [
    ['X-Forwarded-Method', 'get', 'invalid_method'],
    ['X-Forwarded-Method', 'GET ', 'invalid_method'],
    ['X-Forwarded-Method', 'GET, POST', 'invalid_method'],
    ['X-Forwarded-Method', 'GE\u00c9T', 'invalid_method'],
    ['X-Forwarded-Method', 'A'.repeat(21), 'invalid_method'],
    ['X-Forwarded-Method', 'X_Y', 'invalid_method'],
    ['X-Forwarded-Proto', 'HTTPS', 'invalid_scheme'],
    ['X-Forwarded-Proto', 'https,http', 'invalid_scheme'],
    ['X-Forwarded-Proto', 'ftp', 'invalid_scheme'],
    ['X-Forwarded-Proto', 'javascript', 'invalid_scheme'],
    ['X-Forwarded-Host', 'lab.org, evil.org', 'invalid_host'],
    ['X-Forwarded-Host', 'a@lab.org', 'invalid_host'],
    ['X-Forwarded-Host', 'lab.org/x', 'invalid_host'],
    ['X-Forwarded-Host', 'lab.org:x', 'invalid_host'],
    ['X-Forwarded-Host', '[::1', 'invalid_host'],
  ];
  for (const [name, value, expected] of odd)
    it(`with ${name}: ${value} is malformed`, () => {
      assert.equal(reason(traefikHeaders({ [name]: value })), expected);
    });

  for (const method of ['GET', 'HEAD', 'POST', 'PROPFIND', 'M-SEARCH', 'OPTIONS'])
    it(`asks about ${method}`, () => {
      assert.equal(read(traefikHeaders({ 'X-Forwarded-Method': method })).method, method);
    });

  it('is about an upgrade where the scheme or the Upgrade header says so', () => {
    const upgrade = (scheme: string, client: RawHeaders = []) => {
      const request = read(traefikHeaders({ 'X-Forwarded-Proto': scheme }, client));
      return [request.scheme, request.isUpgrade];
    };
    assert.deepEqual(upgrade('ws'), ['http', true]);
    assert.deepEqual(upgrade('wss'), ['https', true]);
    assert.deepEqual(upgrade('https', ['Upgrade', 'websocket']), ['https', true]);
    assert.deepEqual(upgrade('https'), ['https', false]);
  });

  it('has the proxy’s request id where it can stand in a log line', () => {
    const id = (...values: string[]) =>
      read(
        traefikHeaders(
          {},
          values.flatMap((v) => ['X-Request-Id', v]),
        ),
      ).requestId;
    assert.equal(id('abc-1.2_Z'), 'abc-1.2_Z');
    assert.equal(id('a'.repeat(64)), 'a'.repeat(64));
    for (const bad of ['', 'a'.repeat(65), 'a b', 'a\nb', '{"a":1}', '\u00e9']) assert.equal(id(bad), 'made');
    assert.equal(id('a', 'b'), 'made');
    assert.equal(id('a', 'a'), 'made');
  });
});

describe('the client’s address', () => {
  const table: readonly (readonly [string | undefined, string | undefined])[] = [
    ['192.0.2.9', '192.0.2.9'],
    ['1.1.1.1, 192.0.2.9', '192.0.2.9'],
    ['1.1.1.1, 192.0.2.9, 10.1.2.3', '192.0.2.9'],
    ['1.1.1.1,192.0.2.9,10.1.2.3,::1', '192.0.2.9'],
    ['10.0.0.5, 10.0.0.6', '10.0.0.5'],
    ['192.0.2.9:5555', '192.0.2.9'],
    ['[2001:db8::1]:5555', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:10.0.0.7, ::ffff:192.0.2.9', '::ffff:192.0.2.9'],
    ['1.1.1.1, unknown', undefined],
    ['1.1.1.1, unknown, 10.0.0.1', undefined],
    ['10.9.9.9, garbage, 10.0.0.1', undefined],
    ['1.1.1.1,', undefined],
    ['', undefined],
    ['_hidden', undefined],
    ['999.1.1.1', undefined],
    ['192.0.2.9, ,10.0.0.1', undefined],
    [',10.0.0.1', undefined],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    [undefined, undefined],
  ];
  for (const [header, address] of table)
    it(`of X-Forwarded-For: ${header} is ${address}`, () => {
      assert.equal(read(traefikHeaders({ 'X-Forwarded-For': header })).clientAddress, address);
    });

  it('is the right-most that is no proxy of ours over several headers, too', () => {
    const headers = traefikHeaders({ 'X-Forwarded-For': '1.1.1.1' }, [
      'X-Forwarded-For',
      '192.0.2.9, 10.0.0.2',
    ]);
    assert.equal(read(headers).clientAddress, '192.0.2.9');
  });

  it('is never longer than an address can be', () => {
    const zone = `fe80::1%${'a'.repeat(50_000)}`;
    for (const entry of [zone, `192.0.2.9, ${zone}`, `[${zone}]:1`, `192.0.2.9:${'1'.repeat(60)}`])
      assert.equal(read(traefikHeaders({ 'X-Forwarded-For': entry })).clientAddress, undefined);
  });

  it('is looked for among the last 64 entries, where all are proxies of ours', () => {
    const proxies = Array.from({ length: 63 }, (_, at) => `10.0.0.${at + 1}`);
    const from = (...entries: string[]) =>
      read(traefikHeaders({ 'X-Forwarded-For': entries.join(',') })).clientAddress;
    assert.equal(from('192.0.2.9', ...proxies), '192.0.2.9');
    assert.equal(from('192.0.2.9', '10.9.9.9', ...proxies), '10.9.9.9');
    assert.equal(from(...Array.from({ length: 6000 }, () => '10.0.0.9')), '10.0.0.9');
  });

  it('is an address or nothing, whatever the header holds', () => {
    const entry = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string(),
      fc.constantFrom('fe80::1%eth0', '::1%lo', '10.0.0.1'),
    );
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const { clientAddress } = read(traefikHeaders({ 'X-Forwarded-For': entries.join(', ') }));
        assert.ok(clientAddress === undefined || /^[0-9a-fA-F:.]+(?:%.*)?$/.test(clientAddress));
      }),
    );
  });
});

describe('an identity header from outside', () => {
  it('that Traefik overwrites is no reason to refuse: it never reaches the app', () => {
    for (const name of identityHeaderNames)
      assert.equal(reason(traefikHeaders({}, [name, 'mallory'])), 'read');
  });

  for (const name of identityHeaderNames) {
    const lookAlikes = [
      name.replaceAll('-', '_'),
      name.toLowerCase().replaceAll('-', '.'),
      name.replace('-', '~'),
    ];
    it(`that looks like ${name} is refused`, () => {
      for (const lookAlike of lookAlikes)
        assert.equal(reason(traefikHeaders({}, [lookAlike, 'x'])), 'identity_header_from_outside', lookAlike);
    });

    it(`cannot be had removed by Connection: ${name}`, () => {
      for (const value of [
        name,
        `close, ${name.toLowerCase()}`,
        `keep-alive ,\t${name} `,
        name.replaceAll('-', '_'),
      ])
        assert.equal(
          reason(traefikHeaders({}, ['Connection', value])),
          'identity_header_from_outside',
          value,
        );
    });
  }

  it('is told apart from what merely begins like one', () => {
    for (const name of ['X-Auth', 'X-Auth-Token', 'Remote-Users', 'X-Forwarded-Users', 'XAuthUsername'])
      assert.equal(reason(traefikHeaders({}, [name, 'x'])), 'read');
    assert.equal(reason(traefikHeaders({}, ['Connection', 'keep-alive, Upgrade'])), 'read');
  });

  it('is looked for in no more of a Connection header than anybody needs', () => {
    const name = (count: number) => traefikHeaders({}, ['Connection', 'a,'.repeat(count)]);
    assert.equal(reason(name(512)), 'read');
    assert.equal(reason(name(513)), 'identity_header_from_outside');
    const twice = traefikHeaders({}, ['Connection', 'a,'.repeat(300), 'Connection', 'a,'.repeat(300)]);
    assert.equal(reason(twice), 'identity_header_from_outside');
  });

  it('is named in the detail without anything that could break a line', () => {
    const refused = traefik.read(question(traefikHeaders({}, ['Connection', 'X-Auth-Username'])));
    assert.ok('outcome' in refused);
    assert.match(refused.detail, /^the Connection header names X-Auth-Username$/);
  });
});
