// The real Keycloak with deploy/keycloak's realm, a real browser, the real Traefik: sign-in, what a change at Keycloak
// does to a session, and out again, from here and from there.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chromium, describeWith, findPart, keycloak, traefik } from '../real-parts/find.ts';
import { type Keycloak, type Person, startKeycloak } from '../real-parts/keycloak.ts';
import { type Client, createClient } from './ask.ts';
import { type Echo, startEcho } from './echo.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { launchChromium } from './launch-chromium.ts';
import { freePort, type RunningTraefik, startTraefik } from './traefik.ts';
import { waitFor } from './wait-for.ts';

const password = 'correct horse battery staple';

function person(username: string, groups: readonly string[]): Person {
  return {
    username,
    password,
    email: `${username}@lab.example`,
    firstName: username,
    lastName: 'Example',
    groups,
  };
}

describeWith([keycloak, traefik, chromium], 'signing in at the real Keycloak', () => {
  let server: Keycloak;
  let echo: Echo;
  let gateway: TestGateway;
  let proxy: RunningTraefik;
  let browser: Browser;
  let dashboard: string;
  let other: string;
  let publicUrl: string;
  let ask: Client;

  before(async () => {
    const securePort = await freePort();
    const publicPort = await freePort();
    publicUrl = `https://lab.localhost:${securePort}/sso`;
    dashboard = `https://dashboard.lab.localhost:${securePort}`;
    other = `https://other.lab.localhost:${securePort}`;
    [server, echo] = await Promise.all([
      startKeycloak({ publicUrl, backchannelUrl: `http://127.0.0.1:${publicPort}/sso` }),
      startEcho(),
    ]);
    gateway = await startTestGateway({
      scicatUrl: 'http://127.0.0.1:1',
      top: {
        publicUrl,
        listen: {
          proxies: '127.0.0.1:0',
          public: `127.0.0.1:${publicPort}`,
          operations: '127.0.0.1:0',
        },
        providers: {
          keycloak: {
            kind: 'oidc',
            title: 'Keycloak',
            issuer: server.issuer,
            acceptTokensFor: ['notebooks'],
            signIn: { clientId: 'beamgate', clientSecret: `test-only:${server.clientSecret}` },
          },
        },
        apps: {
          dashboard: { url: dashboard, allow: { groups: ['beamline-staff'], roles: ['operator'] } },
          other: { url: other, allow: 'signed-in' },
        },
      },
    });
    const ports = {
      proxies: gateway.proxiesPort,
      public: gateway.publicPort,
      transfer: await freePort(),
      secure: securePort,
    };
    proxy = await startTraefik(findPart(traefik) ?? '', ports, () => ({
      http: {
        routers: Object.fromEntries(
          ['dashboard', 'other'].map((name) => [
            name,
            { rule: `Host(\`${name}.lab.localhost\`)`, service: 'echo', entryPoints: ['websecure'] },
          ]),
        ),
        services: { echo: { loadBalancer: { servers: [{ url: `http://127.0.0.1:${echo.port}` }] } } },
      },
    }));
    ask = createClient({ scheme: 'https', port: securePort });
    browser = await launchChromium();
  });

  after(async () => {
    await browser?.close();
    await proxy?.stop();
    await gateway?.stop();
    await echo?.stop();
    await server?.remove();
  });

  async function newVisitor(): Promise<{ readonly context: BrowserContext; readonly page: Page }> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    context.setDefaultTimeout(15_000);
    return { context, page: await context.newPage() };
  }

  async function signIn(page: Page, url: string, username: string): Promise<void> {
    await page.goto(url);
    await page.fill('#username', username);
    await page.fill('#password', password);
    await page.click('#kc-login');
  }

  /** What the app behind the gateway was told. */
  async function told(page: Page): Promise<Readonly<Record<string, string>>> {
    const text = await page.innerText('body');
    const { headers }: { headers: Record<string, string> } = JSON.parse(text);
    return headers;
  }

  /** As a script on the app's page asks for something: nothing leads it anywhere. */
  async function statusOf(page: Page, url: string): Promise<number> {
    const cookies = await page.context().cookies(url);
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const headers = ['Accept', 'application/json', 'Cookie', cookie];
    return (await ask({ path: '/', host: new URL(url).host, headers })).status;
  }

  it('leads back to the page that was wanted, and tells the app who it is, with groups and roles', async () => {
    await server.addPerson(person('ada', ['beamline-staff', 'proposal-20260042']));
    const { context, page } = await newVisitor();
    await signIn(page, `${dashboard}/panel/7?from=now-6h`, 'ada');
    await page.waitForURL(`${dashboard}/panel/7?from=now-6h`);
    const headers = await told(page);
    assert.equal(headers['x-auth-username'], 'ada');
    assert.deepEqual(headers['x-auth-groups']?.split(',').sort(), ['beamline-staff', 'proposal-20260042']);
    assert.match(headers['x-auth-roles'] ?? '', /default-roles-lab/);
    assert.equal(headers['x-auth-email'], 'ada@lab.example');
    assert.equal(headers['x-auth-realm'], 'keycloak');
    assert.doesNotMatch(headers.cookie ?? '', /beamgate/);
    await page.goto(other);
    assert.equal((await told(page))['x-auth-username'], 'ada', 'the second app asks nothing');
    await context.close();
  });

  it('tells somebody plainly that they may not, and who they are', async () => {
    await server.addPerson(person('grace', ['it']));
    const { context, page } = await newVisitor();
    await signIn(page, dashboard, 'grace');
    await page.getByText('not_permitted').waitFor();
    assert.match(await page.innerText('body'), /grace/);
    await context.close();
  });

  it('ends the session here and at Keycloak on sign-out: the next sign-in asks for the password', async () => {
    await server.addPerson(person('niels', []));
    const { context, page } = await newVisitor();
    await signIn(page, other, 'niels');
    await page.waitForURL(`${other}/`);
    await page.goto(`${publicUrl}/`);
    await page.getByRole('button', { name: /sign out/i }).click();
    await page
      .getByText(/signed out/i)
      .first()
      .waitFor();
    assert.equal(await statusOf(page, other), 401);
    await page.goto(other);
    await page.locator('#password').waitFor();
    await context.close();
  });

  it('ends sessions when Keycloak says so over its back channel', async () => {
    const id = await server.addPerson(person('alan', []));
    const { context, page } = await newVisitor();
    await signIn(page, other, 'alan');
    await page.waitForURL(`${other}/`);
    assert.equal(await statusOf(page, other), 200);
    await server.signOut(id);
    await waitFor('the session has ended', async () => (await statusOf(page, other)) === 401);
    await context.close();
  });

  it('follows a change of groups, and ends the session of a disabled user, at the next refresh', async () => {
    await server.setAccessTokenLifespan(6);
    const id = await server.addPerson(person('emmy', ['beamline-staff']));
    const { context, page } = await newVisitor();
    await signIn(page, dashboard, 'emmy');
    await page.waitForURL(`${dashboard}/`);
    assert.equal(await statusOf(page, dashboard), 200);
    await server.setGroups(id, ['it']);
    await waitFor('the group is gone', async () => (await statusOf(page, dashboard)) === 403);
    await server.setEnabled(id, false);
    await waitFor('the session has ended', async () => (await statusOf(page, dashboard)) === 401);
    await server.setAccessTokenLifespan(300);
    await context.close();
  });

  it('goes on while Keycloak is away and after it has restarted, and with rotated keys', async () => {
    await server.addPerson(person('lise', []));
    const { context, page } = await newVisitor();
    await signIn(page, other, 'lise');
    await page.waitForURL(`${other}/`);
    await server.stop();
    assert.equal(await statusOf(page, other), 200, 'who is signed in stays so');
    await server.start();
    assert.equal(await statusOf(page, other), 200);
    await server.rotateKeys();
    const stranger = await newVisitor();
    await signIn(stranger.page, other, 'lise');
    await stranger.page.waitForURL(`${other}/`);
    assert.equal((await told(stranger.page))['x-auth-username'], 'lise');
    await stranger.context.close();
    await context.close();
  });
});
