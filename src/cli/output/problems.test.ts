import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { formatProblems } from './problems.ts';

const colors = picocolors.createColors(false);

test('each problem says where and what, and shared advice is given once', () => {
  const text = formatProblems(
    [
      { code: 'api.invalid', message: 'must be a string', where: { object: 'Application a/b', field: 'spec.x' } },
      { code: 'api.invalid', message: 'must be a number', where: { file: 'a.yaml', line: 3 } },
      { code: 'cli.usage', message: 'no', hint: 'Say yes.' },
    ],
    colors,
  );
  expect(text.split('\n')).toEqual([
    'error Application a/b spec.x: must be a string (api.invalid)',
    'error a.yaml:3: must be a number (api.invalid)',
    '  Correct the field; docs/application-reference.md tells what each may hold.',
    'error no (cli.usage)',
    '  Say yes.',
    '3 problems.',
    '',
  ]);
});
