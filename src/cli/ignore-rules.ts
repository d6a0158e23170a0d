import { throwProblems } from '../errors.ts';
import type { IgnoreRules } from '../sync/index.ts';
import { readDocuments } from './health-rules.ts';

/**
 * Rules of what is ignored from a file: a list, by itself or under `ignore`, or an Application with `spec.ignore`.
 *
 * @throws PlumbError `api.invalid` or `sync.ignore-invalid` with all that is wrong
 */
export async function readIgnore(cwd: string, given: string, signal: AbortSignal): Promise<IgnoreRules> {
  const [[document], { parseIgnore }, { compileIgnore }] = await Promise.all([
    readDocuments(cwd, given, signal),
    import('../api/index.ts'),
    import('../sync/index.ts'),
  ]);
  const { rules: written, field } = parseIgnore(document);
  const { rules, problems } = compileIgnore(written, field);
  throwProblems(problems.map((problem) => ({ ...problem, where: { file: given, ...problem.where } })));
  return rules;
}
