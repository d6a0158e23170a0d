import type { Problem } from '../../errors.ts';
import { formatLocation, hintFor } from '../../errors.ts';
import type { Colors } from './colors.ts';

/**
 * Problems for a person: what and where, then what to do, then the code. Advice that several share is
 * given once, after the last of them.
 */
export function formatProblems(problems: readonly Problem[], colors: Colors): string {
  const lines: string[] = [];
  problems.forEach((problem, index) => {
    const where = problem.where === undefined ? '' : formatLocation(problem.where);
    const place = where === '' ? '' : `${colors.bold(where)}: `;
    lines.push(`${colors.red('error')} ${place}${problem.message} ${colors.dim(`(${problem.code})`)}`);
    const next = problems[index + 1];
    const hint = hintFor(problem);
    if (next === undefined || hintFor(next) !== hint) lines.push(`  ${colors.dim(hint)}`);
  });
  const several = problems.length > 1 ? [`${problems.length} problems.`] : [];
  return [...lines, ...several].map((line) => `${line}\n`).join('');
}
