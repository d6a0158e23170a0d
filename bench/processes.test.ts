import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { cpuSecondsOf, descendants, memoryOf, ownSeconds, proportionalMemoryOf } from './processes.ts';

const mebibyte = 1024 * 1024;

/** A process that starts another one, which fills memory, works for 0.3 s of processor time and says so. */
const parentScript = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(`
    const full = Buffer.alloc(100 * 1024 * 1024, 1);
    while (process.cpuUsage().user < 300000);
    process.stdout.write('worked');
    process.stdin.resume().once('end', () => process.exit(full[7] - 1));
  `)}], { stdio: ['pipe', 'inherit', 'inherit'] });
  process.stdin.once('data', () => child.stdin.end());
  child.once('exit', () => process.stdout.write('ended'));
  process.stdin.once('end', () => process.exit(0));
`;

test('a tree of processes counts with its children, those that have ended too', async () => {
  const parent = spawn(process.execPath, ['-e', parentScript], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(parent, 'close');
  try {
    const pid = parent.pid ?? 0;
    expect(String((await once(parent.stdout, 'data'))[0])).toBe('worked');
    const tree = descendants(pid);
    expect(tree).toHaveLength(2);
    expect(tree[0]).toBe(pid);
    expect(memoryOf(pid).processes).toBe(2);
    expect(memoryOf(pid).rss).toBeGreaterThan(180 * mebibyte);
    expect(proportionalMemoryOf(pid)).toBeGreaterThan(100 * mebibyte);
    expect(proportionalMemoryOf(pid)).toBeLessThan(memoryOf(pid).rss);
    expect(Math.max(...memoryOf(pid).parts.map(({ rss }) => rss))).toBeGreaterThan(100 * mebibyte);
    const used = cpuSecondsOf(pid);
    expect(used).toBeGreaterThan(0.29);
    expect(ownSeconds(pid)).toBeLessThan(used);
    parent.stdin.write('end the child');
    expect(String((await once(parent.stdout, 'data'))[0])).toBe('ended');
    expect(descendants(pid)).toEqual([pid]);
    expect(cpuSecondsOf(pid)).toBeGreaterThanOrEqual(used);
    expect(memoryOf(pid).rss).toBeLessThan(100 * mebibyte);
  } finally {
    parent.stdin.end();
    await closed;
  }
});

test('a process that is gone has no tree, no memory and no time', () => {
  const gone = 2 ** 22 + 1;
  expect(descendants(gone)).toEqual([]);
  expect(memoryOf(gone)).toEqual({ processes: 0, rss: 0, parts: [] });
  expect(cpuSecondsOf(gone)).toBe(0);
});
