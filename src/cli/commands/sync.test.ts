import { expect, test } from 'vitest';
import { plumbInProcess } from '../../../test/support/cli.ts';

// What is asked for in vain is said before any cluster is looked for.
test.each([
  [['web', '--prune'], '--prune is for a sync from a folder, or goes with --dry-run'],
  [['web', '--no-prune', '--dry-run'], '--no-prune is for a sync from a folder'],
  [['web', '--deletions-per-minute', '5'], '--deletions-per-minute is for a sync from a folder'],
  [['web', '--approve', 'x', '--dry-run'], '--approve is for a sync from a folder (--path), or with --prune --dry-run'],
  [['web', '--allow-file-urls'], '--allow-file-urls is for Applications with --dry-run'],
  [['web', 'shop', '--resource', 'Job/x', '--revision', 'abc'], '--resource and --revision are for a sync of one'],
  [['--path', '.', '--ignore-dependencies'], '--ignore-dependencies is for a sync of Applications'],
  [['web', '--stop', '--ignore-dependencies', '--dry-run'], 'not with --dry-run and --ignore-dependencies'],
  [['web', '--resource', 'Deployment/web', '--prune', '--dry-run'], '--resource does not go together with --prune'],
  [['web', '--revision', 'a', '--revision', 'b'], '--revision is given once'],
  [['web', '--path', '.'], 'give either names of Applications, or --path'],
  [[], 'give either names of Applications, or --path'],
])('flags that mean nothing together are refused: %j', async (args, said) => {
  const { exitCode, stderr } = await plumbInProcess(['sync', ...args]);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(said)]);
  expect(stderr).toContain('cli.usage');
});

test('all that is wrong is said at once', async () => {
  const { stderr } = await plumbInProcess([
    'sync',
    'web',
    '--no-prune',
    '--set',
    'a=b',
    '--stop',
    '--resource',
    'Job/x',
  ]);
  expect(stderr.match(/^error .*/gm)).toEqual([
    'error --set is for a folder (--path) (cli.usage)',
    'error --no-prune is for a sync from a folder (--path) (cli.usage)',
    'error --stop goes with names of Applications alone, and not with --resource (cli.usage)',
  ]);
});
