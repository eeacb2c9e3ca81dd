// Somebody signs in once in a real browser, through the real Traefik, and is told everything on the gateway's own pages:
// the form, on to the page they wanted, the portal, their sessions, out again. The provider is SciCat's accounts.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chromium, describeWith, findPart, traefik } from '../real-parts/find.ts';
import { recordedUsers } from '../simulators/scicat/recorded-users.ts';
import { type ScicatSimulator, startScicat } from '../simulators/scicat/start.ts';
import { type Echo, startEcho } from './echo.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { launchChromium } from './launch-chromium.ts';
import { freePort, type RunningTraefik, startTraefik } from './traefik.ts';

const screenshots = fileURLToPath(new URL('../../var/screenshots/signed-in/', import.meta.url));

describeWith([traefik, chromium], 'somebody who signs in with a browser', () => {
  let scicat: ScicatSimulator;
  let echo: Echo;
  let gateway: TestGateway;
  let proxy: RunningTraefik;
  let browser: Browser;
  let port: number;
  const at = (name: string) => `https://${name}.lab.localhost:${port}`;
  const sso = () => `https://lab.localhost:${port}/sso`;

  before(async () => {
    mkdirSync(screenshots, { recursive: true });
    scicat = await startScicat();
    echo = await startEcho();
    port = await freePort();
    gateway = await startTestGateway({
      scicatUrl: scicat.url,
      scicat: { title: 'SciCat of the lab', signIn: {} },
      top: {
        publicUrl: sso(),
        site: { name: 'Example Light Source', contact: 'help@lab.org' },
        admins: { users: ['alice'] },
        apps: {
          grafana: { url: at('grafana'), preset: 'grafana', description: 'Dashboards', allow: 'signed-in' },
          logbook: { url: at('logbook'), title: 'Logbook', allow: { users: ['alice'] } },
          minio: { url: at('minio'), preset: 'minio', listed: false, allow: 'signed-in' },
          vault: { url: at('vault'), title: 'Vault', allow: { users: ['nobody'] } },
        },
      },
    });
    const router = (name: string) => ({
      rule: `Host(\`${name}.lab.localhost\`)`,
      service: 'echo',
      entryPoints: ['websecure'],
    });
    proxy = await startTraefik(
      findPart(traefik) ?? '',
      { proxies: gateway.proxiesPort, public: gateway.publicPort, transfer: await freePort(), secure: port },
      () => ({
        http: {
          routers: {
            grafana: router('grafana'),
            logbook: router('logbook'),
            minio: router('minio'),
            vault: router('vault'),
          },
          services: { echo: { loadBalancer: { servers: [{ url: `http://127.0.0.1:${echo.port}` }] } } },
        },
      }),
    );
    browser = await launchChromium();
  });

  after(async () => {
    await browser?.close();
    await proxy?.stop();
    await gateway?.stop();
    await echo?.stop();
    await scicat?.stop();
  });

  async function open(): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      viewport: { width: 1180, height: 820 },
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    return { context, page, complaints };
  }

  async function fillIn(page: Page, username: string, password = passwordOf(username)): Promise<void> {
    await page.getByLabel('User name').fill(username);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  /** Signed in at Grafana, on the page that was wanted. */
  async function signedIn(username: string) {
    const opened = await open();
    await opened.page.goto(`${at('grafana')}/d/1?from=now`);
    await fillIn(opened.page, username);
    await opened.page.waitForURL(`${at('grafana')}/d/1?from=now`);
    return opened;
  }

  const shoot = (page: Page, name: string) =>
    page.screenshot({ path: `${screenshots}${name}.png`, fullPage: true });

  describe('signs in', () => {
    it('comes to the very page that they wanted, with a clean console, and to the next app without being asked', async () => {
      const { context, page, complaints } = await open();
      await page.goto(`${at('grafana')}/d/1?from=now&to=a%20b`);
      assert.ok(page.url().startsWith(`${sso()}/login?`), page.url());
      await shoot(page, 'form');
      await fillIn(page, 'alice');
      await page.waitForURL(`${at('grafana')}/d/1?from=now&to=a%20b`);
      assert.equal(echo.received.at(-1)?.headers['x-webauth-user'], 'alice');
      assert.doesNotMatch(String(echo.received.at(-1)?.headers.cookie ?? ''), /beamgate/);
      await page.goto(`${at('logbook')}/today`);
      assert.equal(page.url(), `${at('logbook')}/today`);
      assert.equal(echo.received.at(-1)?.headers['x-auth-username'], 'alice');
      assert.deepEqual(complaints, []);
      await context.close();
    });

    it('is told that a password is wrong, and keeps what was typed of the rest', async () => {
      const { context, page } = await open();
      await page.goto(at('grafana'));
      await fillIn(page, 'alice', 'wrong');
      await page.getByRole('alert').waitFor();
      assert.equal(await page.getByLabel('User name').inputValue(), 'alice');
      await shoot(page, 'wrong-password');
      await context.close();
    });

    it('sees in the portal what they may open, and is told plainly where they may not', async () => {
      const { context, page, complaints } = await signedIn('bob');
      await page.goto(`${sso()}/`);
      await shoot(page, 'portal');
      assert.deepEqual(await page.locator('.app strong').allInnerTexts(), ['Grafana']);
      assert.deepEqual(complaints, []);
      const response = await page.goto(`${at('vault')}/secret?token=x`);
      assert.equal(response?.status(), 403);
      await shoot(page, 'refused');
      const text = await page.innerText('main');
      for (const shown of ['Vault', 'bob', 'not_permitted', 'help@lab.org', `${at('vault')}/secret`])
        assert.ok(text.includes(shown), shown);
      assert.ok(!text.includes('token=x'), 'the query is nobody’s business who looks over a shoulder');
      await page.getByRole('link', { name: 'Use another account' }).click();
      await page.getByLabel('Password').waitFor();
      await context.close();
    });
  });

  describe('signs out', () => {
    it('of everything, from the portal: the next page of any app asks', async () => {
      const { context, page, complaints } = await signedIn('bob');
      await page.goto(`${sso()}/`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByText('You are signed out').waitFor();
      await shoot(page, 'signed-out');
      await page.goto(`${at('grafana')}/d/2`);
      assert.ok(page.url().startsWith(`${sso()}/login?`), page.url());
      assert.deepEqual(complaints, []);
      await context.close();
    });

    it('by Grafana’s own sign-out, after one question', async () => {
      const { context, page } = await signedIn('bob');
      await page.goto(`${at('grafana')}/logout`);
      await shoot(page, 'sign-out-question');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByText('You are signed out').waitFor();
      await page.goto(`${at('logbook')}/`);
      assert.ok(page.url().startsWith(`${sso()}/login?`), page.url());
      await context.close();
    });

    it('by a button of MinIO’s console, which sends its sign-out by a script', async () => {
      const { context, page } = await signedIn('bob');
      await page.goto(`${at('minio')}/browser`);
      const status = await page.evaluate(
        "fetch('/api/v1/logout', { method: 'POST' }).then(({ status }) => status)",
      );
      assert.equal(status, 200);
      assert.equal(echo.received.at(-1)?.url, '/api/v1/logout');
      await page.goto(`${at('grafana')}/`);
      assert.ok(page.url().startsWith(`${sso()}/login?`), page.url());
      await context.close();
    });

    it('elsewhere, from the list of sessions', async () => {
      const here = await signedIn('ingestor');
      const there = await signedIn('ingestor');
      await here.page.goto(`${sso()}/sessions`);
      await shoot(here.page, 'sessions');
      assert.equal(await here.page.locator('.session').count(), 2);
      const other = here.page.locator('.session').filter({ hasNotText: 'This browser' });
      await other.getByRole('button').click();
      await here.page.waitForURL(`${sso()}/sessions`);
      assert.equal(await here.page.locator('.session').count(), 1);
      await there.page.goto(`${at('grafana')}/d/3`);
      assert.ok(there.page.url().startsWith(`${sso()}/login?`), there.page.url());
      await here.page.goto(`${at('grafana')}/d/3`);
      assert.equal(here.page.url(), `${at('grafana')}/d/3`);
      await here.page.goto(`${sso()}/sessions`);
      await here.page.getByRole('button', { name: 'Sign out everywhere' }).click();
      await here.page.getByText('You are signed out').waitFor();
      await here.context.close();
      await there.context.close();
    });

    it('by an admin, who finds them by name', async () => {
      const other = await signedIn('svcAdmin');
      const admin = await signedIn('alice');
      await admin.page.goto(`${sso()}/sessions`);
      await admin.page.getByRole('link', { name: 'Everybody’s sessions' }).click();
      await admin.page.getByLabel('User name').fill('svcAdmin');
      await admin.page.getByRole('button', { name: 'Find' }).click();
      await shoot(admin.page, 'sessions-of-all');
      assert.equal(await admin.page.locator('.session').count(), 1);
      await admin.page.locator('.session').getByRole('button').click();
      await admin.page.waitForURL(`${sso()}/sessions?scope=everybody`);
      await other.page.goto(`${at('grafana')}/d/4`);
      assert.ok(other.page.url().startsWith(`${sso()}/login?`), other.page.url());
      await other.context.close();
      await admin.context.close();
    });
  });

  it('signs nobody out, and ends nothing, for a page on another app’s host', async () => {
    const { context, page } = await signedIn('bob');
    // As an app that was taken over would: a form that posts itself, with the visitor's cookies where the browser sends them.
    for (const [path, fields] of [
      ['/logout', {}],
      ['/sessions', { all: 'mine' }],
    ] as const) {
      await page.goto(`${at('grafana')}/d/5`);
      await page.evaluate(`(() => {
        const form = document.body.appendChild(document.createElement('form'));
        form.method = 'post';
        form.action = ${JSON.stringify(`${sso()}${path}`)};
        for (const [name, value] of Object.entries(${JSON.stringify(fields)})) form.append(Object.assign(document.createElement('input'), { name, value }));
        form.submit();
      })()`);
      await page.waitForURL((url) => url.href.startsWith(sso()));
      await page.goto(`${at('grafana')}/d/5`);
      assert.equal(page.url(), `${at('grafana')}/d/5`, path);
    }
    await context.close();
  });
});

function passwordOf(username: string): string {
  const user = recordedUsers.find((one) => one.username === username);
  if (user === undefined) throw new Error(`there is no ${username}`);
  return user.password ?? '';
}
