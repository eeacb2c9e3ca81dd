// Every page in a real browser, light, dark and on a phone, in both languages: contrast, keyboard, console, width, and
// whom it asks for anything. Screenshots are kept in var/screenshots/pages.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page as BrowserPage } from 'playwright-core';
import { answerPage } from '../../gateway/pages/answer-page.ts';
import { readLanguage } from '../../gateway/pages/look.ts';
import { writeAnswer } from '../../platform/plain-answer.ts';
import { everyPage, sampleLook } from '../gateway/pages/samples.ts';
import { chromium, describeWith } from '../real-parts/find.ts';
import { launchChromium } from './launch-chromium.ts';
import { focused, focusRing, lowContrasts, operable, overflows, smallTargets } from './page-measures.ts';

const screenshots = fileURLToPath(new URL('../../var/screenshots/pages/', import.meta.url));
const desk = { width: 1180, height: 820 };
const looks = [
  ['light', 'en', { colorScheme: 'light', viewport: desk }],
  ['dark', 'en', { colorScheme: 'dark', viewport: desk }],
  ['phone', 'de', { colorScheme: 'light', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 }],
  ['phone-dark', 'en', { colorScheme: 'dark', viewport: { width: 320, height: 640 }, deviceScaleFactor: 2 }],
] as const;

describeWith([chromium], 'every page, in a browser', () => {
  let browser: Browser;
  let server: Server;
  let origin: string;

  before(async () => {
    mkdirSync(screenshots, { recursive: true });
    server = createServer((request, response) => {
      const name = request.url?.slice(1) ?? '';
      const page = everyPage({ ...sampleLook, language: readLanguage(request.rawHeaders) })[name];
      if (page === undefined) return void response.writeHead(404).end();
      writeAnswer(response, answerPage(200, page));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no address');
    origin = `http://localhost:${address.port}`;
    browser = await launchChromium();
  });

  after(async () => {
    await browser?.close();
    server?.close();
  });

  for (const [look, language, options] of looks)
    describe(look, () => {
      let page: BrowserPage;

      before(async () => {
        const context = await browser.newContext({ ...options, locale: language });
        page = await context.newPage();
      });

      for (const name of Object.keys(everyPage(sampleLook)))
        it(`shows ${name}`, async () => {
          const seen = watch(page);
          const response = await page.goto(`${origin}/${name}`);
          assert.equal(response?.status(), 200);
          assert.equal(await page.getAttribute('html', 'lang'), language);
          await page.screenshot({ path: `${screenshots}${name}-${look}.png`, fullPage: true });
          await checkMeasures(page);
          await checkKeyboard(page);
          assert.deepEqual(
            seen.asked.filter((url) => !url.startsWith('data:') && url.split('#')[0] !== `${origin}/${name}`),
            [],
          );
          assert.deepEqual(seen.complaints, []);
        });
    });
});

/** What the page asks for, and what the console says, from now on. */
function watch(page: BrowserPage) {
  const complaints: string[] = [];
  const asked: string[] = [];
  page.removeAllListeners();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => asked.push(request.url()));
  return { complaints, asked };
}

async function checkMeasures(page: BrowserPage): Promise<void> {
  assert.equal(await page.evaluate(overflows), false, 'it scrolls sideways');
  assert.deepEqual(await page.evaluate(smallTargets), []);
  const { looked, found } = Object(await page.evaluate(lowContrasts));
  assert.ok(looked > 2, `contrast was measured of ${looked} texts only`);
  assert.deepEqual(found, []);
}

/** Tab reaches everything that can be operated, in the order in which it stands there, and one sees where one is. */
async function checkKeyboard(page: BrowserPage): Promise<void> {
  const expected = await page.evaluate(operable);
  assert.ok(Array.isArray(expected));
  // A page that puts the focus into a field begins there.
  const start = Number((await page.evaluate(focused)) ?? -1);
  for (const at of expected.slice(start + 1)) {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(focused), String(at));
    assert.ok(Number(await page.evaluate(focusRing)) >= 2, `no focus ring at ${at}`);
  }
}
