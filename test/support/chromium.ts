import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { userEnvironment } from './built.ts';

const project = join(import.meta.dirname, '..', '..');

/** The set-up step that unpacks Chromium, as far as finding it goes. */
interface ChromiumStep {
  readonly fingerprint: () => string;
  readonly isBroughtAlong: boolean;
}

const step = (await import(join(project, 'scripts', 'steps', 'chromium.mjs'))) as ChromiumStep;
const folder = join(project, '.cache', 'bin', `chromium-${step.fingerprint()}`);

/** A real Chromium, and what it complained about. */
export interface Chromium {
  /** Another person, or another machine: nothing is shared, no cookie and no cache. */
  visitor(): Promise<Visitor>;
  close(): Promise<void>;
}

/** Somebody with a browser of their own. */
export interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors of scripts, of the policy and of the network, as the console shows them, with the page that they are of. */
  readonly complaints: string[];
}

/**
 * Starts a Chromium with its own rules on: nothing that protects a user is turned off but the sandbox, which root has
 * none of. Names that end with `.test` are this machine.
 */
export async function openChromium(): Promise<Chromium> {
  const home = mkdtempSync(join(tmpdir(), 'plumbline-chromium-'));
  const browser = await chromium.launch({
    ...(step.isBroughtAlong ? broughtAlong(home) : { executablePath: onPath() }),
    args: ['--host-resolver-rules=MAP *.test 127.0.0.1'],
    timeout: 0,
  });
  return {
    visitor: () => visitor(browser),
    async close() {
      await browser.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function broughtAlong(home: string): { executablePath: string; env: Record<string, string> } {
  if (!existsSync(folder)) throw new Error('Chromium is not unpacked: run `npm run setup -- chromium`');
  return {
    executablePath: join(folder, 'chromium'),
    env: userEnvironment({
      HOME: home,
      LD_LIBRARY_PATH: join(folder, 'lib'),
      FONTCONFIG_PATH: join(folder, 'fonts'),
    }),
  };
}

function onPath(): string {
  const folders = (process.env['PATH'] ?? '').split(':');
  const found = folders.map((each) => join(each, 'chromium')).find(existsSync);
  if (found === undefined) throw new Error('Chromium is not on PATH');
  return found;
}

async function visitor(browser: Browser): Promise<Visitor> {
  // Certificates of tests are nobody's.
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  // How long anything takes is for the test's own limit to say.
  context.setDefaultTimeout(0);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${String(error)}`));
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    complaints.push(`${message.location().url}: ${message.text()}`);
  });
  return { context, page, complaints };
}
