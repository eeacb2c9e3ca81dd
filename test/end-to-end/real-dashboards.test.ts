// The real Prefect and the real MinIO console, used in a real browser below paths of one host, with the files of
// traefik/dashboards/ and config/: signed in, refused, and after the session has ended.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chromium, describeWith, findPart, minio, prefect, traefik } from '../real-parts/find.ts';
import { type Minio, startMinio } from '../real-parts/minio.ts';
import { type Prefect, startPrefect } from '../real-parts/prefect.ts';
import { type IdentityProvider, startIdentityProvider } from '../simulators/oidc/identity-provider.ts';
import { dashboardApps, dashboardRouters } from './dashboards.ts';
import { type Echo, startEcho } from './echo.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { labAccounts } from './lab-accounts.ts';
import { launchChromium } from './launch-chromium.ts';
import { freePort, type RunningTraefik, startTraefik } from './traefik.ts';
import { waitFor } from './wait-for.ts';

const screenshots = fileURLToPath(new URL('../../var/screenshots/', import.meta.url));

describeWith(
  [traefik, chromium, prefect, minio],
  'the real Prefect and MinIO below paths of one host',
  () => {
    let idp: IdentityProvider;
    let flows: Prefect;
    let storage: Minio;
    let echo: Echo;
    let gateway: TestGateway;
    let proxy: RunningTraefik;
    let browser: Browser;
    let host: string;

    before(async () => {
      mkdirSync(screenshots, { recursive: true });
      const [secure, idpPort] = [await freePort(), await freePort()];
      host = `https://lab.localhost:${secure}`;
      const publicUrl = `${host}/sso`;
      idp = await startIdentityProvider({ publicUrl, port: idpPort });
      echo = await startEcho();
      [flows, storage] = await Promise.all([
        startPrefect({ api: `${host}/archiver/prefect/api`, ui: '/archiver/prefect/ui' }),
        startMinio(`${host}/minio/`),
      ]);
      gateway = await startTestGateway({
        scicatUrl: 'http://127.0.0.1:1',
        apps: onPort(dashboardApps('dashboards-one-host.yaml'), host),
        top: {
          publicUrl,
          providers: {
            idp: labAccounts(idp),
          },
        },
      });
      const backends = {
        3001: echo.port,
        9001: storage.consolePort,
        4200: flows.port,
        8088: echo.port,
      };
      proxy = await startTraefik(
        findPart(traefik) ?? '',
        { proxies: gateway.proxiesPort, public: gateway.publicPort, transfer: await freePort(), secure },
        () => dashboardRouters(['one-host.yaml'], backends),
      );
      browser = await launchChromium();
    });

    after(async () => {
      await browser?.close();
      await proxy?.stop();
      await gateway?.stop();
      await flows?.stop();
      await storage?.stop();
      await echo?.stop();
      await idp?.stop();
    });

    async function visitor(): Promise<{ readonly context: BrowserContext; readonly page: Page }> {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' });
      context.setDefaultTimeout(30_000);
      return { context, page: await context.newPage() };
    }

    /** There is one provider: no chooser. */
    async function signIn(page: Page, url: string, group: string): Promise<void> {
      await page.goto(url);
      const person = page.locator('p', { hasText: group }).first();
      await person.getByRole('button').click();
    }

    it('Prefect: its pages and its API work, events come by WebSocket', async () => {
      const { context, page } = await visitor();
      const sockets: string[] = [];
      page.on('websocket', (socket) => {
        socket.on('framereceived', () => sockets.push(new URL(socket.url()).pathname));
      });
      const answers: (readonly [string, number])[] = [];
      page.on('response', (response) => {
        const { pathname } = new URL(response.url());
        if (pathname.startsWith('/archiver/prefect/')) answers.push([pathname, response.status()]);
      });
      await signIn(page, `${host}/archiver/prefect/ui/`, 'it');
      await page.waitForURL(/\/archiver\/prefect\/ui/);
      await waitFor('the page asks its API', () =>
        answers.some(([path, status]) => path.startsWith('/archiver/prefect/api/') && status === 200),
      );
      await page
        .getByText(/run a task or flow to get started/i)
        .first()
        .waitFor();
      await page.screenshot({ path: `${screenshots}prefect.png` });
      const made = await page.evaluate(
        `fetch('${host}/archiver/prefect/api/flows/', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"name":"ingest"}' }).then((r) => r.status)`,
      );
      assert.ok(made === 200 || made === 201, `POST of the page's own: ${made}`);
      await page.evaluate(
        `new Promise((resolve, reject) => { const s = new WebSocket('${host.replace('https', 'wss')}/archiver/prefect/api/events/out', ['prefect']); s.onopen = () => { s.close(); resolve('open'); }; s.onerror = () => reject(new Error('refused')); })`,
      );
      assert.deepEqual(
        answers.filter(([, status]) => status === 401 || status === 403),
        [],
      );
      await context.close();
    });

    it('Prefect: after the session has ended its API answers 401 in JSON, its WebSocket is refused, its pages lead to the sign-in', async () => {
      const { context, page } = await visitor();
      await signIn(page, `${host}/archiver/prefect/ui/`, 'it');
      await page.waitForURL(/\/archiver\/prefect\/ui/);
      const other = await context.newPage();
      await other.goto(`${host}/sso/`);
      await other.getByRole('button', { name: 'Sign out' }).click();
      await other.getByRole('button', { name: /sign me out/ }).click();
      await other.getByText('You are signed out').waitFor();
      await waitFor('signed out', async () => {
        const status = await page.evaluate(
          `fetch('${host}/archiver/prefect/api/flows/filter', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }).then((r) => r.status)`,
        );
        return status === 401;
      });
      const refused = await page.evaluate(
        `new Promise((resolve) => { const s = new WebSocket('${host.replace('https', 'wss')}/archiver/prefect/api/events/out', ['prefect']); s.onopen = () => resolve('open'); s.onerror = () => resolve('refused'); })`,
      );
      assert.equal(refused, 'refused');
      await page.goto(`${host}/archiver/prefect/ui/`);
      assert.ok(!page.url().startsWith(`${host}/archiver/`), page.url());
      await context.close();
    });

    it('MinIO: its console is there for who may open it, and takes its own sign-in', async () => {
      const { context, page } = await visitor();
      await signIn(page, `${host}/minio/`, 'it');
      await page.waitForURL(/\/minio\//);
      await page.locator('#accessKey').fill(storage.user);
      await page.locator('#secretKey').fill(storage.password);
      await page.getByRole('button', { name: /login/i }).click();
      await page
        .getByText(/create bucket|object browser/i)
        .first()
        .waitFor();
      await page.screenshot({ path: `${screenshots}minio.png` });
      await context.close();
    });

    it('somebody of no such group gets a page that says so, at both', async () => {
      const { context, page } = await visitor();
      await signIn(page, `${host}/minio/`, 'no groups');
      await page.getByText('not_permitted').waitFor();
      const answer = await page.goto(`${host}/archiver/prefect/ui/`);
      assert.equal(answer?.status(), 403);
      await context.close();
    });
  },
);

/** The files' host, on the port of this test. */
function onPort(apps: Readonly<Record<string, object>>, host: string): object {
  return JSON.parse(JSON.stringify(apps).replaceAll('https://lab.localhost', host));
}
