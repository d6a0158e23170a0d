import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openWorkshop, realGit } from '../../test/support/git-workshop.ts';
import { trailersIn } from './trailers-nearby.ts';

const key = 'Plumbline-Operation';
const line = fc.constantFrom(
  '',
  ' ',
  'Change something',
  `${key}: one`,
  `${key}:two`,
  `plumbline-operation: three `,
  `${key} : four`,
  ` ${key}: five`,
  `${key}:`,
  `${key}: six\r`,
  `\t more`,
  'Signed-off-by: A <a@b>',
  '(cherry picked from commit 0123)',
  '# a comment',
  '---',
  'Odd-Key!: x',
  `${key}: \u00a0seven`,
  `about ${key}`,
);

test('a message whose trailers are plain to see has those that Git says it has', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const clean = fc.constantFrom('Change it', `${key}: one`, `${key}: two words`, 'Signed-off-by: A <a@b>');
  const lines = fc.oneof(
    fc.array(line, { minLength: 1, maxLength: 9 }),
    fc
      .array(fc.array(clean, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
      .map((paragraphs) => paragraphs.flatMap((paragraph) => [...paragraph, ''])),
  );
  const messages = fc.sample(
    lines.map((parts) => `T${parts.join('\n')}\n`),
    { numRuns: 1_000, seed: 20_261_122 },
  );
  const stream = messages.map(
    (message) =>
      `commit refs/heads/main\ncommitter A <a@b> 1700000000 +0000\ndata ${Buffer.byteLength(message)}\n${message}\n`,
  );
  await realGit([`--git-dir=${repository.directory}`, 'fast-import', '--quiet'], stream.join(''));
  const format = `--format=%H%x00%(trailers:key=${key},valueonly,unfold,separator=%x00)`;
  const text = await realGit([`--git-dir=${repository.directory}`, 'log', '--reverse', format, 'main']);
  const told = text.split('\n').filter((each) => each !== '');
  expect(told).toHaveLength(messages.length);
  let plain = 0;
  for (const [index, message] of messages.entries()) {
    const [, ...values] = (told[index] ?? '').split('\0');
    const found = trailersIn(message, key);
    if (found === undefined) continue;
    plain += 1;
    expect([message, found]).toEqual([message, values.filter((value) => value !== '')]);
  }
  // What is written from here is always plain.
  expect(plain).toBeGreaterThan(300);
  expect(trailersIn(`{"Action":"update"}\n\n${key}: op-1\n`, key)).toEqual(['op-1']);
});
