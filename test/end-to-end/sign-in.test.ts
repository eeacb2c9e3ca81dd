// Signing in and out as a person does: a real browser, the real Traefik and the real Envoy, a certified identity provider.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chromium, describeWith, envoy, findPart, openssl, traefik } from '../real-parts/find.ts';
import { launchChromium } from './launch-chromium.ts';
import { envoyBefore, type SignInSite, startSignInSite, traefikBefore } from './sign-in-site.ts';

const screenshots = fileURLToPath(new URL('../../var/screenshots/', import.meta.url));

const proxies = [
  { part: traefik, startProxy: traefikBefore },
  { part: envoy, startProxy: envoyBefore },
];

for (const { part, startProxy } of proxies)
  describeWith([part, chromium, openssl], `somebody in a browser, before ${part.name}`, () => {
    let site: SignInSite;
    let browser: Browser;

    before(async () => {
      mkdirSync(screenshots, { recursive: true });
      site = await startSignInSite(findPart(part) ?? '', startProxy);
      browser = await launchChromium();
    });

    after(async () => {
      await browser?.close();
      await site?.stop();
    });

    type Person = { readonly context: BrowserContext; readonly complaints: string[]; page(): Promise<Page> };

    async function person(): Promise<Person> {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' });
      const complaints: string[] = [];
      const page = async (): Promise<Page> => {
        const opened = await context.newPage();
        opened.setDefaultTimeout(15_000);
        opened.on('console', (message) => complaints.push(message.text()));
        opened.on('pageerror', (error) => complaints.push(error.message));
        return opened;
      };
      return { context, complaints, page };
    }

    /** From the chooser, by the identity provider's page. */
    async function signIn(page: Page, name: string): Promise<void> {
      await page.getByRole('link', { name: /Lab account/ }).click();
      await page.getByRole('button', { name }).click();
    }

    const userOn = (page: Page) => page.locator('#user').innerText();

    it('gets from a deep link by the sign-in back to just that page, and on to the next without another sign-in', async () => {
      const { page: open, context, complaints } = await person();
      const page = await open();
      const wanted = `${site.urls.one}/deep/link?from=now-6h&var=a%2Fb&x=1`;
      await page.goto(wanted);
      assert.ok(page.url().startsWith(`${site.publicUrl}/login?`), page.url());
      await page.screenshot({ path: `${screenshots}sign-in-chooser.png` });
      await signIn(page, 'Olga');
      await page.waitForURL(wanted);
      assert.equal(await userOn(page), 'olga');
      for (const next of [site.urls.two, `${site.urls.below}/x?y`, site.urls.far]) {
        await page.goto(next);
        assert.equal(await userOn(page), 'olga', next);
        assert.ok(page.url().startsWith(next), page.url());
      }
      const cookies = await context.cookies();
      const sessions = cookies.filter(({ name }) => name === '__Host-beamgate');
      assert.deepEqual(sessions.map(({ domain }) => domain).sort(), [
        'far.facility.localhost',
        'lab.localhost',
        'one.lab.localhost',
        'two.lab.localhost',
      ]);
      assert.equal(new Set(sessions.map(({ value }) => value)).size, 4, 'each host has an id of its own');
      assert.ok(
        sessions.every(
          ({ httpOnly, secure, sameSite, path }) => httpOnly && secure && sameSite === 'Lax' && path === '/',
        ),
      );
      assert.deepEqual(complaints, []);
      await context.close();
    });

    it('opens three tabs at once, signs in in one, and goes on in all', async () => {
      const { page: open, context } = await person();
      const tabs = [await open(), await open(), await open()];
      const wanted = [`${site.urls.one}/a`, `${site.urls.far}/b`, `${site.urls.below}/c`];
      await Promise.all(tabs.map((tab, index) => tab.goto(wanted[index] ?? '')));
      for (const [index, tab] of tabs.entries()) {
        const link = tab.getByRole('link', { name: /Lab account/ });
        const button = tab.getByRole('button', { name: 'Ben' });
        const arrived = tab.waitForURL(wanted[index] ?? '');
        if (await link.isVisible()) await link.click();
        // The provider of the second tab is the only one of its app, so that it shows its page at once.
        await Promise.race([button.waitFor(), arrived]);
        if (await button.isVisible()) await button.click();
        await tab.waitForURL(wanted[index] ?? '');
        assert.equal(await userOn(tab), 'ben');
      }
      await context.close();
    });

    it('is told plainly where they may not, and may change the account', async () => {
      const { page: open, context } = await person();
      const page = await open();
      await page.goto(`${site.urls.two}/secret`);
      await signIn(page, 'Gina');
      await page.getByText('not_permitted').waitFor();
      assert.equal(page.url(), `${site.urls.two}/secret`);
      assert.match(await page.innerText('body'), /gina/);
      await page.screenshot({ path: `${screenshots}sign-in-refused.png` });
      await page
        .getByRole('link', { name: /another account|account/i })
        .first()
        .click();
      await signIn(page, 'Olga');
      await page.waitForURL(`${site.urls.two}/secret`);
      assert.equal(await userOn(page), 'olga');
      await context.close();
    });

    it('signs out in one app, and is out in the others, and at the provider', async () => {
      const { page: open, context, complaints } = await person();
      const [page, other] = [await open(), await open()];
      await page.goto(site.urls.one);
      await signIn(page, 'Olga');
      await page.waitForURL(`${site.urls.one}/`);
      await other.goto(`${site.urls.far}/x`);
      assert.equal(await userOn(other), 'olga');
      await page.goto(`${site.publicUrl}/`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('button', { name: /sign me out/ }).click();
      await page.waitForURL(`${site.publicUrl}/logout/done**`);
      await page.getByText('You are signed out').waitFor();
      await page.screenshot({ path: `${screenshots}signed-out.png` });
      const asked = await other.evaluate('fetch("/api").then(async (r) => [r.status, await r.json()])');
      assert.ok(Array.isArray(asked));
      assert.equal(asked[0], 401);
      assert.ok(String(asked[1].loginUrl).startsWith(`${site.publicUrl}/login?`));
      const socket = await other.evaluate(
        'new Promise((done) => { const s = new WebSocket(location.origin.replace("https", "wss")); s.onopen = () => done("open"); s.onerror = () => done("refused"); })',
      );
      assert.equal(socket, 'refused');
      await other.reload();
      // A navigation leads to the sign-in, and the provider knows nobody any more.
      await other.getByText('Who are you?').waitFor();
      const unexpected = complaints.filter((text) => !/401|WebSocket/.test(text));
      assert.deepEqual(unexpected, []);
      await context.close();
    });

    it('signs out by an app’s own button', async () => {
      const { page: open, context } = await person();
      const page = await open();
      await page.goto(site.urls.one);
      await signIn(page, 'Ben');
      await page.waitForURL(`${site.urls.one}/`);
      await page.getByRole('link', { name: 'Sign out' }).click();
      await page.getByText('Sign out?').waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('button', { name: /sign me out/ }).click();
      await page.getByText('You are signed out').waitFor();
      await page.goto(`${site.urls.below}/x`);
      assert.ok(page.url().startsWith(`${site.publicUrl}/login?`));
      await context.close();
    });

    it('is signed out by no page elsewhere, and nothing is done in their name from another app’s host', async () => {
      const { page: open, context } = await person();
      const page = await open();
      await page.goto(site.urls.one);
      await signIn(page, 'Olga');
      await page.waitForURL(`${site.urls.one}/`);
      await page.goto(site.urls.two);
      await page.goto(site.urls.far);
      const before = site.dashboards.two.requests.length;
      for (const from of [site.urls.one, site.urls.far]) {
        await page.goto(from);
        await page.evaluate(
          `fetch(${JSON.stringify(`${site.urls.two}/api`)}, { method: 'POST', mode: 'no-cors', credentials: 'include' }).then(() => true, () => false)`,
        );
        await page.evaluate(
          `fetch(${JSON.stringify(`${site.publicUrl}/logout`)}, { method: 'POST', mode: 'no-cors', credentials: 'include' }).then(() => true, () => false)`,
        );
      }
      assert.deepEqual(
        site.dashboards.two.requests.slice(before).filter((request) => request.startsWith('POST')),
        [],
      );
      // A form, which a browser sends along with a navigation.
      await page.goto(site.urls.one);
      await page.evaluate(
        `(() => { const form = document.body.appendChild(document.createElement('form')); form.method = 'post'; form.action = ${JSON.stringify(`${site.publicUrl}/logout`)}; form.submit(); })()`,
      );
      await page.getByText('Sign out?').waitFor();
      await page.goto(site.urls.two);
      assert.equal(await userOn(page), 'olga', 'still signed in');
      await context.close();
    });

    it('who goes back over a sign-in is not led in a circle', async () => {
      const { page: open, context } = await person();
      const page = await open();
      await page.goto(`${site.urls.one}/start`);
      await signIn(page, 'Olga');
      await page.waitForURL(`${site.urls.one}/start`);
      await page.goto(`${site.urls.one}/next`);
      for (let back = 0; back < 3; back += 1) await page.goBack().catch(() => undefined);
      await page.goto(`${site.urls.one}/after`);
      assert.equal(await userOn(page), 'olga');
      await context.close();
    });

    it('signs in with a SciCat account on the gateway’s own page', async () => {
      const { page: open, context, complaints } = await person();
      const page = await open();
      await page.goto(`${site.urls.one}/with-scicat`);
      await page.getByRole('link', { name: /SciCat/ }).click();
      await page.getByLabel('User name').fill('alice');
      await page.getByLabel('Password').fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('User name or password is wrong').waitFor();
      await page.screenshot({ path: `${screenshots}sign-in-scicat.png` });
      await page.getByLabel('Password').fill('alicepw');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${site.urls.one}/with-scicat`);
      assert.equal(await userOn(page), 'alice');
      assert.deepEqual(
        complaints.filter((text) => !/403/.test(text)),
        [],
      );
      await context.close();
    });
  });
