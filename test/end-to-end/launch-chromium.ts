// Chromium as tests start it: it refuses to sandbox itself as root, and the pages are our own.
import { type Browser, chromium as playwright } from 'playwright-core';
import { chromium, findPart } from '../real-parts/find.ts';

export function launchChromium(): Promise<Browser> {
  return playwright.launch({ executablePath: findPart(chromium) ?? '', args: [...args] });
}

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
