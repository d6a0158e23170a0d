import { plumbError, throwProblems } from '../../errors.ts';
import { hasChanges, type Preview, problemsOfPreview } from '../../preview/index.ts';
import { withCluster } from '../cluster-access.ts';
import { ExitRequest, FailedWith } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import type { PreviewSession } from './run.ts';

/** Compares two commits, prints what differs, and ends as diff(1) does. */
export async function printPreview(session: PreviewSession): Promise<void> {
  const preview = await find(session).catch((error: unknown) => {
    throw new FailedWith(exitCodes.trouble, error);
  });
  session.progress.done();
  session.print(await formatted(preview, session));
  try {
    throwProblems(problemsOfPreview(preview));
  } catch (error) {
    throw new FailedWith(exitCodes.trouble, error);
  }
  if (hasChanges(preview)) throw new ExitRequest(exitCodes.different);
}

async function find(session: PreviewSession): Promise<Preview> {
  const { options, args } = session;
  if (args.length > 0 && options.path.length > 0) {
    throw plumbError('cli.usage', 'give either the name of an Application, or --path with folders');
  }
  if (options.path.length > 0 && options.applications.length > 0) {
    throw plumbError('cli.usage', '--path and --applications do not go together');
  }
  const { previewClone } = await import('./run.ts');
  if (options.offline === true) return previewClone(session, undefined);
  return withCluster(session, (access) => previewClone(session, access));
}

async function formatted(preview: Preview, { options, colors }: PreviewSession): Promise<string> {
  const output: string | undefined = options.output;
  const { formatComment, formatPreview } = await import('../../preview/index.ts');
  if (output === 'markdown') return formatComment(preview, { limit: options.limit, folds: true });
  if (output === 'name') {
    return preview.applications.flatMap(({ changes }) => changes.map(({ id }) => `${id}\n`)).join('');
  }
  if (isDataFormat(options.output)) return formatData(withoutObjects(preview), options.output);
  return formatPreview(preview, { color: colors.isColorSupported });
}

/** For a program: every difference by its field, and the whole objects only where they come or go. */
function withoutObjects(preview: Preview): object {
  return {
    ...preview,
    applications: preview.applications.map((application) => ({
      ...application,
      changes: application.changes.map(({ before: _before, after: _after, key: _key, ...change }) => change),
    })),
  };
}
