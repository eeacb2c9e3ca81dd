import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { loadGatewayConfig } from '../../../gateway/config.ts';
import type { Provider } from '../../../gateway/config-providers.ts';
import { SignInProviders } from '../../../gateway/login/sign-in-providers.ts';
import { ConfigError } from '../../../platform/config/load.ts';
import { noWebProxies } from '../../../platform/web-proxies.ts';
import { waitFor } from '../../end-to-end/wait-for.ts';
import { portOf } from '../standalone/sockets.ts';

function providersOf(yaml: string): readonly Provider[] {
  const text = `publicUrl: https://lab.org/sso\nproviders:\n${yaml}\napps: { a: { url: https://lab.org/a, allow: signed-in } }\n`;
  const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  return loaded.value.providers;
}

const signIn = "signIn: { clientId: beamgate, clientSecret: 'test-only:x' }";
const sso = `  sso: { kind: oidc, issuer: http://127.0.0.1:9/, ${signIn} }`;
const other = `  sso: { kind: oidc, issuer: http://127.0.0.1:9/, title: Lab, ${signIn} }`;
const tokens = '  tokens: { kind: oidc, issuer: http://127.0.0.1:8/, acceptTokensFor: [x] }';
const scicat = '  scicat: { kind: scicat, url: http://127.0.0.1:7, signIn: { accounts: [local] } }';

describe('what signs people in, over reloads', () => {
  it('is there for each provider that the config says people sign in with', () => {
    const built = new SignInProviders({ webProxies: noWebProxies }).signInFor(
      providersOf([sso, tokens, scicat].join('\n')),
    );
    assert.deepEqual([...built.clients.keys()], ['sso']);
    assert.deepEqual([...built.logoutReaders.keys()], ['sso']);
    assert.deepEqual([...built.accounts.keys()], ['scicat']);
  });

  it('stays with what it knows where the provider is the same, and begins anew where it is not', () => {
    const signIns = new SignInProviders({ webProxies: noWebProxies });
    const first = signIns.signInFor(providersOf(sso));
    const same = signIns.signInFor(providersOf([sso, scicat].join('\n')));
    const changed = signIns.signInFor(providersOf(other));
    assert.equal(same.clients.get('sso'), first.clients.get('sso'));
    assert.equal(same.logoutReaders.get('sso'), first.logoutReaders.get('sso'));
    assert.notEqual(changed.clients.get('sso'), first.clients.get('sso'));
    assert.notEqual(changed.logoutReaders.get('sso'), first.logoutReaders.get('sso'));
  });

  it('is kept until another configuration serves, which it may never do', () => {
    const signIns = new SignInProviders({ webProxies: noWebProxies });
    const first = signIns.signInFor(providersOf(sso));
    signIns.signInFor(providersOf(other));
    assert.equal(signIns.signInFor(providersOf(sso)).clients.get('sso'), first.clients.get('sso'));
    signIns.keepOnly(providersOf(other));
    assert.notEqual(signIns.signInFor(providersOf(sso)).clients.get('sso'), first.clients.get('sso'));
  });

  it('leaves no connection open to a provider that is gone', async (t) => {
    const issuer = await startIssuer(t);
    const signIns = new SignInProviders({ webProxies: noWebProxies, leaveMs: 0 });
    const providers = providersOf(sso.replace('127.0.0.1:9', `127.0.0.1:${portOf(issuer)}`));
    const client = signIns.signInFor(providers).clients.get('sso');
    await assert.rejects(Promise.resolve(client?.configuration()), { reason: 'misconfigured' });
    signIns.keepOnly(providers);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await connectionsOf(issuer), 1);
    signIns.keepOnly([]);
    await waitFor('the connection is closed', async () => (await connectionsOf(issuer)) === 0, 2000);
  });
});

/** It never hangs up first, and says so. */
async function startIssuer(t: TestContext): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 600_000 }, (_request, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return server;
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  );
}
