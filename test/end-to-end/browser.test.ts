// What a person sees, in a real browser through the real Traefik: where an address without a token leads, what a
// refusal looks like, the documentation. Screenshots are kept in var/screenshots.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { chromium, describeWith, traefik } from '../real-parts/find.ts';
import { signIn } from './ingestor.ts';
import { launchChromium } from './launch-chromium.ts';
import { type Site, startSite } from './site.ts';

const screenshots = fileURLToPath(new URL('../../var/screenshots/', import.meta.url));
const looks: readonly (readonly [string, BrowserContextOptions])[] = [
  ['light', { colorScheme: 'light', viewport: { width: 1000, height: 700 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1000, height: 700 } }],
  ['phone', { colorScheme: 'light', viewport: { width: 390, height: 760 } }],
];

describeWith([traefik, chromium], 'in a browser, through the real Traefik', () => {
  let site: Site;
  let browser: Browser;
  let token: string;

  before(async () => {
    mkdirSync(screenshots, { recursive: true });
    site = await startSite({
      facility: { fileBytes: 1000 },
      apps: {
        closed: {
          title: 'Closed',
          url: 'https://lab.localhost/globus/docs-of-others',
          allow: { groups: ['it'] },
        },
      },
    });
    token = await signIn(site, site.facility.accounts.alice);
    browser = await launchChromium();
  });

  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  type Seen = {
    readonly status: number;
    readonly url: string;
    readonly text: string;
    readonly complaints: readonly string[];
    readonly overflows: boolean;
  };

  /** @param expected a text that is there once the page is whole. */
  async function look(
    name: string,
    url: string,
    expected: RegExp,
    headers: Record<string, string> = {},
  ): Promise<readonly Seen[]> {
    const seen: Seen[] = [];
    for (const [suffix, options] of looks) {
      const context = await browser.newContext({
        ...options,
        ignoreHTTPSErrors: true,
        extraHTTPHeaders: headers,
      });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
      const response = await page.goto(url);
      await page.getByText(expected).first().waitFor();
      await page.screenshot({ path: `${screenshots}${name}-${suffix}.png` });
      const overflows =
        (await page.evaluate(
          'document.documentElement.scrollWidth > document.documentElement.clientWidth',
        )) === true;
      seen.push({
        status: response?.status() ?? 0,
        url: page.url(),
        text: await page.innerText('body'),
        complaints,
        overflows,
      });
      await context.close();
    }
    return seen;
  }

  it('leads an address without a token to a page that says how to get in', async () => {
    for (const { status, url, text, complaints, overflows } of await look(
      'token-help',
      `${site.transferUrl}/transfer`,
      /needs a token/,
    )) {
      assert.equal(status, 200);
      assert.ok(url.startsWith(`${site.publicUrl}/login?`), url);
      assert.match(text, /scicat-api-key: /i);
      assert.deepEqual(complaints, []);
      assert.ok(!overflows);
    }
  });

  it('says plainly that somebody may not, who they are, and by which code', async () => {
    const url = new URL('/globus/docs-of-others', site.transferUrl).href;
    for (const { status, text, overflows } of await look('refused', url, /No way in here/, {
      'SciCat-API-Key': token,
    })) {
      assert.equal(status, 403);
      assert.match(text, /alice/);
      assert.match(text, /not_permitted/);
      assert.ok(!overflows);
    }
  });

  it('shows the REST interface from this server, with a clean console', async () => {
    for (const { status, complaints } of await look(
      'docs',
      `${site.transferUrl}/docs/index.html`,
      /Ask for a dataset to be moved/,
    )) {
      assert.equal(status, 200);
      assert.deepEqual(complaints, []);
    }
  });
});
