import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Direct, readDirect } from '../../../gateway/standalone/read.ts';

const direct: Direct = {
  method: 'GET',
  version: '1.1',
  target: '/a?b',
  headers: ['Host', 'LAB.org:8080'],
  peerAddress: '192.0.2.1',
  isTrustedProxy: (address) => address.startsWith('10.'),
  isUpgrade: false,
  scheme: 'https',
  requestId: 'r1',
};

function reason(overrides: Partial<Direct>): string {
  const request = readDirect({ ...direct, ...overrides });
  return 'outcome' in request ? request.reason : 'read';
}

const host = ['Host', 'lab.org'];

describe('a client’s own request', () => {
  it('is the question', () => {
    assert.deepEqual(readDirect(direct), {
      scheme: 'https',
      isUpgrade: false,
      method: 'GET',
      host: { name: 'lab.org', port: 8080 },
      target: '/a?b',
      clientAddress: '192.0.2.1',
      headers: direct.headers,
      namedApp: undefined,
      namedGroups: undefined,
      requestId: 'r1',
    });
  });

  it('believes nobody who says where it came from', () => {
    const claims = [
      'X-Forwarded-For',
      '1.1.1.1',
      'X-Forwarded-Host',
      'evil',
      'X-Forwarded-Uri',
      '/evil',
      'X-Forwarded-Proto',
      'gopher',
    ];
    const request = readDirect({ ...direct, headers: [...host, ...claims] });
    assert.ok(!('outcome' in request));
    assert.deepEqual(
      [request.clientAddress, request.host.name, request.target, request.scheme],
      ['192.0.2.1', 'lab.org', '/a?b', 'https'],
    );
  });

  const behind = (...headers: readonly string[]) => {
    const request = readDirect({ ...direct, peerAddress: '10.0.0.1', headers: [...host, ...headers] });
    return 'outcome' in request ? request.reason : [request.clientAddress, request.scheme];
  };

  it('comes from where a proxy of ours says, and over what', () => {
    assert.deepEqual(behind('X-Forwarded-For', '198.51.100.7', 'X-Forwarded-Proto', 'http'), [
      '198.51.100.7',
      'http',
    ]);
    assert.deepEqual(behind('X-Forwarded-For', '10.1.1.1, 198.51.100.7, 10.0.0.2'), [
      '198.51.100.7',
      'https',
    ]);
    assert.deepEqual(behind('X-Forwarded-For', '10.1.1.1', 'X-Forwarded-For', '2001:db8::1'), [
      '2001:db8::1',
      'https',
    ]);
  });

  it('is the proxy’s own where that says of nobody else', () => {
    assert.deepEqual(behind(), ['10.0.0.1', 'https']);
  });

  it('comes from nobody knows where, when what a proxy of ours says is no address', () => {
    for (const value of ['', 'unknown', '198.51.100.7,', '10.1.1.1, x'])
      assert.deepEqual(behind('X-Forwarded-For', value), [undefined, 'https'], value);
  });

  it('is malformed where a proxy of ours names no one scheme', () => {
    assert.equal(behind('X-Forwarded-Proto', 'gopher'), 'invalid_scheme');
    assert.equal(
      behind('X-Forwarded-Proto', 'https', 'X-Forwarded-Proto', 'http'),
      'repeated_forwarded_header',
    );
    assert.equal(behind('X-Forwarded-Proto', ''), 'missing_forwarded_header');
  });

  const table: readonly (readonly [string, Partial<Direct>, string])[] = [
    ['without a host', { headers: [] }, 'invalid_host'],
    ['with two hosts', { headers: [...host, ...host] }, 'invalid_host'],
    ['with an empty host', { headers: ['Host', ''] }, 'invalid_host'],
    ['with a method in small letters', { method: 'get' }, 'invalid_method'],
    ['for *', { target: '*', method: 'OPTIONS' }, 'unsupported_request'],
    ['for an absolute address', { target: 'http://lab.org/a' }, 'unsupported_request'],
    ['for an authority', { target: 'lab.org:443', method: 'CONNECT' }, 'unsupported_request'],
    [
      'with both framings',
      { headers: [...host, 'Content-Length', '1', 'Transfer-Encoding', 'chunked'] },
      'unsupported_request',
    ],
    ['of HTTP/1.0', { version: '1.0' }, 'read'],
    ['of HTTP/2.0 in the words of HTTP/1', { version: '2.0' }, 'unsupported_request'],
    [
      'of HTTP/1.0 in chunks',
      { version: '1.0', headers: [...host, 'Transfer-Encoding', 'chunked'] },
      'unsupported_request',
    ],
    [
      'with a look-alike of its framing',
      { headers: [...host, 'Transfer_Encoding', 'chunked', 'Content-Length', '1'] },
      'unsupported_request',
    ],
    ['with a look-alike of its length', { headers: [...host, 'Content.Length', '1'] }, 'unsupported_request'],
    ['that is to be sent back', { method: 'TRACE' }, 'unsupported_request'],
    ['that is to be sent back in another word', { method: 'TRACK' }, 'unsupported_request'],
    ['with one framing', { headers: [...host, 'Content-Length', '1'] }, 'read'],
    [
      'that hides its framing',
      { headers: [...host, 'Connection', 'close, Content_Length'] },
      'unsupported_request',
    ],
    ['that hides its host', { headers: [...host, 'Connection', 'HOST'] }, 'unsupported_request'],
    [
      'with an identity that looks like ours',
      { headers: [...host, 'X_Auth_Username', 'x'] },
      'identity_header_from_outside',
    ],
    ['with an identity that is replaced', { headers: [...host, 'X-Auth-Username', 'x'] }, 'read'],
    ['for a websocket', { isUpgrade: true, headers: [...host, 'Upgrade', 'WebSocket'] }, 'read'],
    ['for h2c', { isUpgrade: true, headers: [...host, 'Upgrade', 'h2c'] }, 'unsupported_request'],
    ['for TLS', { isUpgrade: true, headers: [...host, 'Upgrade', 'TLS/1.0'] }, 'unsupported_request'],
    ['for an upgrade to nothing', { isUpgrade: true }, 'unsupported_request'],
    [
      'for a websocket by POST',
      { isUpgrade: true, method: 'POST', headers: [...host, 'Upgrade', 'websocket'] },
      'unsupported_request',
    ],
    [
      'for a websocket with a body',
      { isUpgrade: true, headers: [...host, 'Upgrade', 'websocket', 'Content-Length', '0'] },
      'unsupported_request',
    ],
  ];
  for (const [name, overrides, expected] of table)
    it(`${name} is ${expected}`, () => {
      assert.equal(reason(overrides), expected);
    });
});
