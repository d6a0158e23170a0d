import { plumbError, type Problem, throwProblems } from '../../errors.ts';
import type { SyncWish } from '../../requests.ts';
import { rollbackTarget } from '../../rollback-target.ts';
import { parseSelector, type ResourceSelector } from '../../sync-request.ts';
import type { PlumbAccess } from '../access/types.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import type { Session } from '../session.ts';
import type { ApplicationDiffOptions } from './diff.ts';
import { getApplication } from './read.ts';
import { coloured } from './table.ts';

/** The objects that `--resource` names. Throws `cli.usage` with all that name none. */
export function selectorsOf(texts: readonly string[] | undefined): readonly ResourceSelector[] | undefined {
  if (texts === undefined || texts.length === 0) return undefined;
  const parsed = texts.map((text) => [text, parseSelector(text)] as const);
  const wrong = parsed.filter(([, selector]) => selector === undefined).map(([text]) => text);
  if (wrong.length > 0) {
    throw plumbError('cli.usage', `--resource names no object: ${wrong.join(', ')}`, {
      hint: 'Write KIND/NAME, as Deployment/web, or GROUP:KIND:NAMESPACE/NAME, as apps:Deployment:prod/web.',
    });
  }
  return parsed.flatMap(([, selector]) => selector ?? []);
}

/** What is asked for of one Application, with the full id of the commit that it names. */
export async function wishOf(
  session: Session,
  access: PlumbAccess,
  name: string,
  given: {
    readonly resource?: readonly string[];
    readonly revision?: readonly string[];
    readonly ignoreDependencies?: boolean;
  },
): Promise<SyncWish> {
  const resources = selectorsOf(given.resource);
  const revision = given.revision?.[0];
  return {
    ...(resources === undefined ? {} : { resources: [...resources] }),
    ...(revision === undefined
      ? {}
      : { revision: rollbackTarget(await getApplication(access, name, session.signal), revision, 'cli.usage') }),
    ...(given.ignoreDependencies === true ? { ignoreDependencies: true } : {}),
  };
}

/** Prints what the API server would answer to a sync, and ends badly where it would refuse something. */
export async function printDryRun(
  session: Session<ApplicationDiffOptions>,
  access: PlumbAccess,
  name: string,
  resources: readonly ResourceSelector[] | undefined,
): Promise<void> {
  const { options, print, colors, context, progress } = session;
  progress.step(`Trying a sync of ${name}`);
  const found = await access.dryRun(session, name, resources === undefined ? undefined : [...resources]);
  progress.done();
  if (isDataFormat(options.output)) {
    const results = found.results.map(({ key, action }) => ({ ...key, action }));
    print(await formatData({ results, blocked: found.blocked }, options.output));
  } else if (options.output === 'name') print(found.results.map(({ id }) => `${id}\n`).join(''));
  else for (const { id, action } of found.results) print(`${id} ${coloured(action, colors)} (dry run)\n`);
  for (const { id, message } of found.blocked) context.stderr.write(`${id}: ${message}\n`);
  const problems: readonly Problem[] = found.problems;
  throwProblems(problems);
}
