import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { loadGatewayConfig } from '../../../gateway/config.ts';
import { readReturnAddress } from '../../../gateway/login/return-address.ts';
import { ConfigError } from '../../../platform/config/load.ts';

const text = `publicUrl: https://lab.org/sso
providers:
  scicat: { kind: scicat, url: https://scicat.lab.org }
apps:
  grafana: { url: https://lab.org/grafana, allow: signed-in }
  explore: { url: https://lab.org/grafana/explore, allow: signed-in }
  minio: { url: https://minio.lab.org, allow: signed-in, encodedCharacters: [slash] }
  api: { url: https://lab.org/api, allow: signed-in, stripped: true }
  port: { url: https://lab.org:8443/port, allow: signed-in }
  beamlines: { url: https://*.beam.lab.org, allow: signed-in }
  anywhere: { url: "https://*/any", allow: signed-in }
  local: { url: http://demo.localhost, allow: signed-in }
`;
const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
if (!loaded.ok) throw new ConfigError(loaded.mistakes);
const { apps } = loaded.value;

const good: readonly (readonly [string, string, string?])[] = [
  ['https://lab.org/grafana', 'grafana'],
  ['https://lab.org/grafana/', 'grafana'],
  ['https://lab.org/grafana/d/abc?from=now-6h&to=now&var=a%2Fb', 'grafana'],
  ['https://lab.org/grafana/d?next=https://evil.org/&x=//evil.org\\@', 'grafana'],
  ['https://lab.org/grafana/explore?left={"a":[1|2]}', 'explore'],
  ['https://lab.org/grafana/explorer', 'grafana'],
  ['https://LAB.org./grafana', 'grafana', 'https://lab.org/grafana'],
  ['https://lab.org:443/grafana/d', 'grafana', 'https://lab.org/grafana/d'],
  ['https://minio.lab.org', 'minio', 'https://minio.lab.org/'],
  ['https://minio.lab.org/browser/a%2Fb', 'minio'],
  ['https://lab.org/api/v1?x', 'api'],
  ['https://lab.org:8443/port/a', 'port'],
  ['https://b1.beam.lab.org/x', 'beamlines'],
  ['https://lab.org/any/x', 'anywhere'],
  ['http://demo.localhost/a', 'local'],
  ['https://lab.org/sso', 'beamgate'],
  ['https://lab.org/sso/', 'beamgate'],
  ['https://lab.org/sso/sessions', 'beamgate'],
];

/** Each is an address that some browser, proxy or program takes for another one, or that leads nowhere of ours. */
const hostile: readonly string[] = [
  ...['', ' ', '/', '/grafana', 'grafana', '//lab.org/grafana', '///lab.org/grafana', '?x', '#'],
  ...['https:/lab.org/grafana', 'https:lab.org/grafana', 'https:///lab.org/grafana', 'https://', 'https:///'],
  ...['HTTPS://lab.org/grafana', 'http://lab.org/grafana', 'ftp://lab.org/grafana', 'ws://lab.org/grafana'],
  ...['javascript:alert(1)//https://lab.org/grafana', 'data:text/html,x', 'blob:https://lab.org/grafana'],
  ...['view-source:https://lab.org/grafana', 'https://lab.org/grafana\u2028', 'vbscript:x'],
  ...['https://evil.org/', 'https://evil.org/grafana', 'https://evil.org/https://lab.org/grafana'],
  ...['https://evil.org?https://lab.org/grafana', 'https://evil.org#https://lab.org/grafana'],
  ...['https://lab.org.evil.org/grafana', 'https://evil-lab.org/grafana', 'https://evillab.org/grafana'],
  ...['https://lab.orgevil/grafana', 'https://lab.org..evil.org/grafana', 'https://xlab.org/grafana'],
  ...['https://beam.lab.org/x', 'https://xbeam.lab.org/x', 'https://b1.beam.lab.org.evil.org/x'],
  ...['https://evil.org/b1.beam.lab.org', 'https://.beam.lab.org/', 'https://beam.lab.org.evil.org/'],
  ...[
    'https://lab.org@evil.org/grafana',
    'https://lab.org:x@evil.org/grafana',
    'https://evil.org@lab.org/grafana',
  ],
  ...['https://user:pw@lab.org/grafana', 'https://@lab.org/grafana', 'https://lab.org%40evil.org/grafana'],
  ...[
    'https://lab.org\\@evil.org/grafana',
    'https://evil.org\\@lab.org/grafana',
    'https://evil.org\\.lab.org/',
  ],
  ...[
    'https:\\\\evil.org',
    'https:\\\\lab.org\\grafana',
    '\\\\evil.org',
    '/\\evil.org',
    'https://lab.org\\grafana',
  ],
  ...['https://lab.org/grafana\\..\\x', 'https://lab.org/grafana/\\evil.org', 'https://lab.org/\\evil.org'],
  ...['https://lab.org//evil.org', 'https://lab.org//grafana', 'https://lab.org/grafana//evil.org'],
  ...['https://lab.org/grafana/../x', 'https://lab.org/grafana/..', 'https://lab.org/grafana/%2e%2e/x'],
  ...['https://lab.org/grafana/..%2fx', 'https://lab.org/grafana/.%2e/x', 'https://lab.org/grafana/..;/x'],
  ...['https://lab.org/x/../grafana', 'https://lab.org/./grafana', 'https://lab.org/%2e/grafana'],
  ...['https://lab.org/grafana%2f..%2fx', 'https://lab.org/grafana%5c..%5cx', 'https://lab.org/a%2Fb'],
  ...[
    'https://lab.org/grafanax',
    'https://lab.org/graf',
    'https://lab.org/Grafana',
    'https://lab.org/',
    'https://lab.org',
  ],
  ...['https://lab.org/grafana#@evil.org', 'https://lab.org/grafana?a#b', 'https://lab.org#/grafana'],
  ...[
    'https://lab.org?/grafana',
    'https://lab.org?grafana',
    'https://lab.org;/grafana',
    'https://lab.org,evil.org/',
  ],
  ...[
    ' https://lab.org/grafana',
    'https://lab.org/grafana ',
    'https://lab.org/gra fana',
    'https:// lab.org/grafana',
  ],
  ...['\thttps://lab.org/grafana', 'https://lab.org/grafana\r\nSet-Cookie: a=b', 'https://lab.org/\ngrafana'],
  ...['https://la\tb.org/grafana', 'ht\ntps://lab.org/grafana', 'https://lab.org\u0000.evil.org/grafana'],
  ...['https://lab.org/grafana\u0000', 'https://lab.org/grafana%00', 'https://lab.org/grafana%0d%0aX: y'],
  ...['https://lab.org/grafana%', 'https://lab.org/grafana/%zz', 'https://lab.org/grafana/%ff'],
  ...[
    'https://lab。org/grafana',
    'https://ⓛab.org/grafana',
    'https://lab.org／grafana',
    'https://lab.org／@evil.org',
  ],
  ...[
    'https://läb.org/grafana',
    'https://lab.org/gräfana',
    'https://%6cab.org/grafana',
    'https://lab%2eorg/grafana',
  ],
  ...[
    'https://lab.org:80/grafana',
    'https://lab.org:8888/grafana',
    'http://demo.localhost:8000/a',
    'https://lab.org:0/grafana',
    'https://lab.org:99999/grafana',
    'https://lab.org:/grafana',
  ],
  ...[
    'https://lab.org:8444/port',
    'https://lab.org/port',
    'https://lab.org:8443evil.org/port',
    'https://lab.org:8443@evil/port',
  ],
  ...['https://[::1]/any', 'https://[lab.org]/grafana', 'https://127.0.0.1/any', 'https://evil.org/any'],
  ...['https://minio.lab.org/a%25b', 'https://lab.org/grafana/a%2Fb', 'https://minio.lab.org/..%2fx'],
  ...['https://minio.lab.org/.beamgate/return?code=x', 'https://lab.org/grafana/.beamgate/return'],
  ...[
    'https://lab.org/sso/logout',
    'https://lab.org/sso/login',
    'https://lab.org/sso/callback/lab',
    'https://lab.org/sso/sessions/end',
  ],
  ...[
    'https://lab.org/ssox',
    'https://lab.org/sso//',
    'https://lab.org/sso/.beamgate',
    `https://lab.org/grafana/${'a'.repeat(6000)}`,
  ],
];

describe('a return address', () => {
  for (const [address, app, url = address] of good)
    it(`${JSON.stringify(address)} is one of ${app}`, () => {
      const read = readReturnAddress(address, apps);
      assert.deepEqual([read?.app.name, read?.url], [app, url]);
    });

  for (const address of hostile)
    it(`${JSON.stringify(address.slice(0, 80))} is none`, () => {
      assert.equal(readReturnAddress(address, apps), undefined);
    });

  it('is none of the gateway’s pages that act, also where an app has the whole host around them', () => {
    const around = loadGatewayConfig(
      { file: 'g.yaml', text: `${text}  root: { url: https://lab.org, allow: signed-in }\n` },
      { readFile: () => '', environment: {} },
    );
    assert.ok(around.ok);
    const read = (address: string) => readReturnAddress(address, around.value.apps)?.app.name;
    for (const path of ['logout', 'login?return_to=x', 'callback/x', 'sessions/x'])
      assert.equal(read(`https://lab.org/sso/${path}`), undefined, path);
    assert.equal(read('https://lab.org/sso/sessions'), 'beamgate');
    assert.equal(read('https://lab.org/ssox/logout'), 'root');
  });

  it('leads a browser to the host and below the path of its app, whatever was asked for', () => {
    const pieces = fc.constantFrom(
      ...[
        'https:',
        'http:',
        '/',
        '//',
        '\\',
        '@',
        ':',
        '.',
        '..',
        '%2e',
        '%2f',
        '%5c',
        '#',
        '?',
        ';',
        '\t',
        '\n',
      ],
      ...[
        'lab.org',
        'evil.org',
        'minio.lab.org',
        'b1.beam.lab.org',
        'grafana',
        'sso',
        'any',
        '443',
        ' ',
        '\u0000',
      ],
    );
    const address = fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          address,
          address.map((rest) => `https://${rest}`),
        ),
        (wanted) => {
          const read = readReturnAddress(wanted, apps);
          if (read === undefined) return;
          const { protocol, hostname, pathname, username, password, hash } = new URL(read.url);
          assert.equal(username + password + hash, '');
          assert.ok(read.app.url.startsWith(protocol));
          assert.ok(/^(?:(?:minio\.|[a-z0-9.]+\.beam\.)?lab\.org|demo\.localhost)$/.test(hostname), hostname);
          assert.ok(
            `${pathname}/`.startsWith(`/${read.app.prefix.map((part) => `${part}/`).join('')}`),
            pathname,
          );
        },
      ),
      { numRuns: 3000 },
    );
  });
});
