import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { plumbError, throwProblems } from '../errors.ts';
import { compileUserRules, type HealthRules, parseUserRules } from '../health/index.ts';

/** Objects of a cluster: a list of many thousand, and no more. */
const fileBytes = 256 * 1024 * 1024;

/**
 * The documents of a file of YAML or JSON; `-` is standard input.
 *
 * @throws PlumbError `cli.folder-unreadable`, or `health.file-invalid` with the place
 */
export async function readDocuments(cwd: string, given: string, signal: AbortSignal): Promise<readonly unknown[]> {
  const text = await readText(cwd, given, signal);
  const { loadAll, CORE_SCHEMA } = await import('js-yaml');
  try {
    // Times stay texts, as they are in JSON.
    return loadAll(text, { schema: CORE_SCHEMA }).filter((document) => document !== null && document !== undefined);
  } catch (error) {
    const mark = (error as { readonly mark?: { readonly line: number; readonly column: number } }).mark;
    const where = { file: given, ...(mark === undefined ? {} : { line: mark.line + 1, column: mark.column + 1 }) };
    const [first] = (error as Error).message.split('\n');
    throw plumbError('health.file-invalid', `it is no YAML: ${first}`, { where, cause: error });
  }
}

async function readText(cwd: string, given: string, signal: AbortSignal): Promise<string> {
  const path = given === '-' ? '/dev/stdin' : resolve(cwd, given);
  try {
    const text = await readFile(path, { encoding: 'utf8', signal });
    if (text.length > fileBytes) throw plumbError('health.file-invalid', `${given} is too large`);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw plumbError('cli.folder-unreadable', `${given} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Rules of health from a file: a list, by itself or under `rules`, or an Application with `spec.health.rules`.
 *
 * @throws PlumbError `health.rule-invalid` with all that is wrong
 */
export async function readRules(cwd: string, given: string, signal: AbortSignal): Promise<HealthRules> {
  const [document] = await readDocuments(cwd, given, signal);
  const { rules: written, field } = parseUserRules(document);
  const { rules, problems } = compileUserRules(written, field);
  throwProblems(problems.map((problem) => ({ ...problem, where: { file: given, ...problem.where } })));
  return rules;
}
