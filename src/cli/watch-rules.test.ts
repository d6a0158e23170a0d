import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { InstallationRules } from '../controller/index.ts';
import type { HealthRules } from '../health/index.ts';
import { readRules } from './health-rules.ts';
import { readIgnore } from './ignore-rules.ts';
import { watchRules } from './watch-rules.ts';

let folder: string;
let versions: number;
let stop: AbortController;
const told = new EventTarget();
const log = { info: () => {}, warn: () => told.dispatchEvent(new Event('warned')) };
const widget = { apiVersion: 'example.dev/v1', kind: 'Widget', metadata: { name: 'x' } };

/** Puts a file in its place as a ConfigMap that is mounted does: by a link that is put elsewhere. */
async function put(text: string): Promise<void> {
  versions += 1;
  await mkdir(join(folder, `v${versions}`));
  await writeFile(join(folder, `v${versions}`, 'rules.yaml'), text);
  await symlink(`v${versions}`, join(folder, 'next'));
  await rename(join(folder, 'next'), join(folder, 'data'));
}

const rulesOf = (status: string): string => `- {group: example.dev, kind: Widget, otherwise: ${status}}\n`;
const watching = () => ({ cwd: folder, file: 'data/rules.yaml', log, interval: 10, signal: stop.signal });
const healthNow = ({ current }: InstallationRules<HealthRules>) => current().judge(widget)?.status;

beforeEach(async () => {
  versions = 0;
  stop = new AbortController();
  folder = await mkdtemp(join(tmpdir(), 'plumbline-rules-'));
});

afterEach(async () => {
  stop.abort();
  await rm(folder, { recursive: true, force: true });
});

test('a change counts without a restart, and with a mistake in it what was there stays', async () => {
  await put(rulesOf('Degraded'));
  const rules = await watchRules('rules of health', readRules, watching());
  rules.onChange(() => told.dispatchEvent(new Event('changed')), stop.signal);
  expect(healthNow(rules)).toBe('Degraded');

  const changed = once(told, 'changed');
  await put(rulesOf('Suspended'));
  await changed;
  expect(healthNow(rules)).toBe('Suspended');

  const warned = once(told, 'warned');
  await put('- {kind: Widget, healthy: 1 +}\n');
  await warned;
  expect(healthNow(rules)).toBe('Suspended');

  const mended = once(told, 'changed');
  await put(rulesOf('Progressing'));
  await mended;
  expect(healthNow(rules)).toBe('Progressing');
});

test('a mistake in it at the beginning is told at once', async () => {
  await put('nothing\n');
  const health = watchRules('rules of health', readRules, watching());
  await expect(health).rejects.toMatchObject({ code: 'health.rule-invalid' });
  const ignore = watchRules('rules of what is ignored', readIgnore, watching());
  await expect(ignore).rejects.toMatchObject({ code: 'api.invalid' });
});

const textOf = (field: string): string => `- {kind: Deployment, fields: [${field}]}\n`;

test('rules of what is ignored are read again in the same way', async () => {
  await put(textOf('/spec/replicas'));
  const rules = await watchRules('rules of what is ignored', readIgnore, watching());
  rules.onChange(() => told.dispatchEvent(new Event('changed')), stop.signal);
  expect(rules.current().text).toContain('/spec/replicas');

  const warned = once(told, 'warned');
  await put('- {kind: Deployment, expressions: [".spec |"]}\n');
  await warned;
  expect(rules.current().text).toContain('/spec/replicas');

  const changed = once(told, 'changed');
  await put(textOf('/spec/paused'));
  await changed;
  expect(rules.current().text).toContain('/spec/paused');
});
