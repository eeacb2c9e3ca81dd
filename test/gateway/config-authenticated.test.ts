import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGatewayConfig } from '../../gateway/config.ts';

function load(name: string, apps: string) {
  const text = `publicUrl: https://lab.org/sso
providers: { scicat: { kind: scicat, url: 'https://scicat.lab.org' } }
authenticateApp: ${name}
apps:
  flows: ${apps}
`;
  return loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
}

describe('the app of /authenticate', () => {
  it('is asked about by its own host', () => {
    const loaded = load('flows', "{ url: 'https://ecflow.lab.org:8443/x', allow: signed-in }");
    assert.ok(loaded.ok);
    assert.deepEqual(loaded.value.authenticated, {
      name: 'flows',
      scheme: 'https',
      host: { name: 'ecflow.lab.org', port: 8443 },
    });
  });

  for (const [why, name, app] of [
    [
      'there is no app "flow", did you mean "flows"',
      'flow',
      "{ url: 'https://e.lab.org', allow: signed-in }",
    ],
    [
      'without `methods`',
      'flows',
      "{ url: 'https://e.lab.org', rules: [{ methods: [GET], allow: signed-in }] }",
    ],
    [
      'without `networks`',
      'flows',
      "{ url: 'https://e.lab.org', rules: [{ networks: [private], allow: signed-in }] }",
    ],
    ['which host is meant', 'flows', "{ url: 'https://*.lab.org', allow: signed-in }"],
  ] as const)
    it(`is a mistake with its line: ${why}`, () => {
      const loaded = load(name, app);
      assert.ok(!loaded.ok);
      const [mistake] = loaded.mistakes;
      assert.equal(mistake?.line, 3);
      assert.ok(mistake?.message.includes(why), mistake?.message);
    });
});
