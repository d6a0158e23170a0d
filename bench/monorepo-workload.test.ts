import { expect, test } from 'vitest';
import { parseApplication } from '../src/api/index.ts';
import {
  commonFiles,
  monorepoApplication,
  monorepoFiles,
  ownFile,
  sharedFile,
  sharers,
  sharersOf,
} from './monorepo-workload.ts';

const monorepo = { applications: 2000, files: 20_000 };
const seen = { uid: '3f0a', resourceVersion: '1', generation: 1, creationTimestamp: '2026-11-21T00:00:00Z' };

test('the repository has as many files as it shall, all that is changed among them', () => {
  const files = monorepoFiles(monorepo);
  expect(files.size).toBe(monorepo.files);
  for (const [path] of [
    ...commonFiles('1'),
    ownFile(7, '1'),
    ownFile(20, '1'),
    sharedFile(7, '1'),
    sharedFile(20, '1'),
  ])
    expect(files.has(path)).toBe(true);
  // A version is the only thing that a commit changes.
  expect(ownFile(7, '0')[1]).toBe(files.get(ownFile(7, '0')[0]));
});

test('each base and each chart is shared by twenty Applications or a few less', () => {
  for (const number of [1, 7, 20, 999, 2000]) {
    const found = sharersOf(number, monorepo.applications);
    expect(found).toContain(number);
    expect(found.length).toBeGreaterThanOrEqual(sharers - 15);
    expect(found.length).toBeLessThanOrEqual(sharers);
  }
});

test('its Applications are valid, and read files that there are', () => {
  const files = monorepoFiles(monorepo);
  for (const number of [1, 20, 1999, 2000]) {
    const object = monorepoApplication(number);
    const { source } = parseApplication({ ...object, metadata: { ...object.metadata, ...seen } }).spec;
    expect([...files.keys()].some((path) => path.startsWith(`${source?.path}/`))).toBe(true);
    for (const path of source?.helm?.valueFiles ?? []) expect(files.has(path)).toBe(true);
  }
});
