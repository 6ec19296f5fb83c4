import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContext, Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

export const hasBrowser = (): boolean => existsSync(CHROMIUM);

/** This flag replaces the one of the driver: what is needed of that is listed here too. */
const DISABLED_FEATURES = [
  // Since the driver leaves it on, closing a page while it navigates is acknowledged and not done, and `close` waits for
  // ever: https://github.com/microsoft/playwright/issues/42068
  'RenderDocument',
  // Would ask hosts on the network.
  'AimEnabled',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PreconnectToSearch',
  // Would ask for pages by https first.
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  // Would show the page before in screenshots.
  'PaintHolding',
];

/** Quiet on the network: what it asks for beyond the page's own host would be the page's doing. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${DISABLED_FEATURES.join(',')}`,
];

export interface Look {
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

/** A page that keeps a list of what it should not have done. */
export interface WatchedPage {
  readonly page: Page;
  /** Console errors, uncaught errors, policy violations, requests to other hosts. */
  readonly complaints: string[];
}

export interface Browser {
  readonly open: (look: Look) => Promise<WatchedPage>;
  /** Closes what tests opened: a failed one leaves its page, whose live stream holds a connection. */
  readonly closePages: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const watch = async (page: Page, host: string): Promise<string[]> => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== host) complaints.push(`request: ${request.url()}`);
  });
  await page.exposeFunction('tellViolation', (text: string) => complaints.push(`policy: ${text}`));
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (e) => tellViolation(e.violatedDirective + ' ' + e.blockedURI));`,
  );
  return complaints;
};

/** One browser with a folder of its own; `url` is the dashboard's. */
export const openBrowser = async (url: string, flags: readonly string[] = []): Promise<Browser> => {
  const folder = await mkdtemp(join(tmpdir(), 'synergy-browser-'));
  const context: BrowserContext = await chromium.launchPersistentContext(folder, {
    executablePath: CHROMIUM,
    args: [...FLAGS, ...flags],
  });
  const { host } = new URL(url);
  return {
    open: async ({ width, scheme }) => {
      const page = await context.newPage();
      await page.setViewportSize({ width, height: width > 800 ? 1000 : 860 });
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      return { page, complaints: await watch(page, host) };
    },
    closePages: async () => {
      for (const page of context.pages().slice(1)) await page.close();
    },
    close: async () => {
      await context.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
