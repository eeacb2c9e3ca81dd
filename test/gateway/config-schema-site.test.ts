import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGatewayConfig } from '../../gateway/config.ts';

const files: Readonly<Record<string, Buffer>> = {
  '/etc/logo.svg': Buffer.from('<svg/>'),
  '/etc/logo.PNG': Buffer.from([0x89, 0xff]),
  '/etc/empty.svg': Buffer.alloc(0),
  '/etc/large.png': Buffer.alloc(32 * 1024 + 1),
  '/etc/largest.png': Buffer.alloc(32 * 1024),
};

const others =
  'providers: { s: { kind: scicat, url: https://s.org } }\napps: { a: { url: https://a.lab.org, allow: nobody } }\n';

function load(site: string) {
  const text = `publicUrl: https://lab.org/sso\n${others}site: ${site}\n`;
  return loadGatewayConfig(
    { file: 'g.yaml', text },
    {
      readFile: (path, encoding) => {
        const file = files[path];
        if (file === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
        return file.toString(encoding);
      },
      environment: {},
    },
  );
}

function complaints(site: string): readonly string[] {
  const loaded = load(site);
  return loaded.ok
    ? []
    : loaded.mistakes.map(({ line, path, message }) => `${line} ${path.join('.')}: ${message}`);
}

describe('site', () => {
  it('has a name without being asked', () => {
    const loaded = loadGatewayConfig(
      { file: 'g.yaml', text: `publicUrl: https://lab.org\n${others}` },
      { readFile: () => '', environment: {} },
    );
    assert.ok(loaded.ok);
    assert.deepEqual(loaded.value.branding, { name: 'Beamgate', logo: undefined, contact: undefined });
  });

  it('puts the picture into the pages, whatever its kind', () => {
    for (const [path, href] of [
      ['/etc/logo.svg', `data:image/svg+xml;base64,${Buffer.from('<svg/>').toString('base64')}`],
      ['/etc/logo.PNG', 'data:image/png;base64,if8='],
    ]) {
      const loaded = load(`{ name: Lab, logo: ${path} }`);
      assert.ok(loaded.ok);
      assert.equal(loaded.value.branding.logo, href);
    }
    assert.deepEqual(complaints('{ logo: /etc/largest.png }'), []);
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['/etc/none.svg', 'the file /etc/none.svg cannot be read (ENOENT)'],
    ['/etc/empty.svg', 'the file /etc/empty.svg is empty'],
    ['/etc/large.png', 'the file /etc/large.png is larger than 32 KiB'],
    ['/etc/logo.gif', 'expected the path of a svg, png, webp or jpg file'],
    ['/etc/passwd', 'expected the path of a svg, png, webp or jpg file'],
    ['https://lab.org/logo.svg', 'the file https://lab.org/logo.svg cannot be read (ENOENT)'],
  ];
  for (const [path, message] of wrong)
    it(`refuses the picture ${path}`, () => {
      assert.deepEqual(complaints(`{ logo: "${path}" }`), [`4 site.logo: ${message}`]);
    });

  it('takes a contact that leads somewhere, and no other', () => {
    for (const [contact, href] of [
      ['help@lab.org', 'mailto:help@lab.org'],
      ['https://lab.org/help', 'https://lab.org/help'],
    ]) {
      const loaded = load(`{ contact: "${contact}" }`);
      assert.ok(loaded.ok);
      assert.equal(loaded.value.branding.contact?.href, href);
    }
    for (const contact of ['javascript:alert(1)', 'the help desk', 'mailto:x', 'data:text/html,x'])
      assert.match(
        complaints(`{ contact: "${contact}" }`).join(),
        /4 site.contact: expected an e-mail address/,
      );
  });
});
