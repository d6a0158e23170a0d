import { catalogue } from '../../errors.ts';

/** Every error code with its meaning and advice as Markdown, for docs/errors.md. */
export function errorReference(): string {
  const rows = Object.entries(catalogue)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { summary, hint, transient }]) => {
      const again = transient ? 'yes' : 'no';
      return `| \`${code}\` | ${cell(summary)} | ${cell(hint)} | ${again} |`;
    });
  return [
    '# Errors',
    '',
    'Made from `src/error-codes/` by `npm run generate`; do not edit.',
    '',
    'Every problem has one of these codes, on the command line as in the conditions and Events of a resource. Codes are',
    'stable: programs may rely on them. Where the last column says yes, the same call may succeed later with nothing',
    'changed, and Plumbline tries again by itself.',
    '',
    '| code | meaning | what to do | passes by itself |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
