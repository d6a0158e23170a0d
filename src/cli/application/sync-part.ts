import { plumbError, throwProblems } from '../../errors.ts';
import type { SyncWish } from '../../requests.ts';
import { rollbackTarget } from '../../rollback-target.ts';
import { parseSelector, type ResourceSelector } from '../../sync-request.ts';
import type { PlumbAccess } from '../access/types.ts';
import type { Session } from '../session.ts';
import type { ApplicationDiffOptions } from './diff.ts';
import { findHolds } from './holds.ts';
import { getApplication, getOwn } from './read.ts';
import { deletionsPerMinuteOf } from './prune.ts';
import { printRehearsal, withoutTold } from './rehearsal.ts';

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

/** What a dry-run of an Application is asked with. */
export interface DryRunOptions extends ApplicationDiffOptions {
  readonly resource?: readonly string[];
  /** True where it is also asked what a prune would do. */
  readonly prune?: boolean | undefined;
  readonly approve?: string;
  readonly ignoreDependencies?: boolean;
}

/** Prints what would come of a sync and what it would wait for, and ends badly where something would be refused. */
export async function printDryRun(session: Session<DryRunOptions>, access: PlumbAccess, name: string): Promise<void> {
  const { options, progress, signal } = session;
  progress.step(`Trying a sync of ${name}`);
  const resources = selectorsOf(options.resource);
  const object = await getOwn(access, 'Application', name, signal);
  const held = options.ignoreDependencies === true ? [] : await findHolds(access, object, signal);
  const found = await access.dryRun(session, name, resources === undefined ? undefined : [...resources]);
  const pruned = options.prune === true ? await access.prune(session, name, options.approve) : undefined;
  progress.done();
  const perMinute = deletionsPerMinuteOf(object);
  await printRehearsal(session, { ...found, held }, pruned && { simulation: pruned, perMinute });
  throwProblems([...found.problems, ...withoutTold(pruned?.problems ?? [], found.problems)]);
}
