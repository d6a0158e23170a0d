import { PlumbError, problemsOf } from '../../errors.ts';
import type { IgnoreRules } from '../../sync/index.ts';
import type {
  ApplicationState,
  GroupVersion,
  MissingKind,
  Rendered,
  Versions,
} from '../application/application-state.ts';
import type { ReadySource, ReconcileContext, SourcePart } from '../application/context.ts';
import { placeIn } from './place-problems.ts';
import { missingKindsOf, prepareRendered } from '../syncing/prepare-rendered.ts';
import { renderInputsOf } from './render-request.ts';
import { filesOf, renderSources } from './render-sources.ts';

function versionOfPart({ group, version }: SourcePart): GroupVersion {
  return { group, version };
}

function versionsOf({ parts }: ReadySource): Versions {
  const [first, ...others] = parts;
  return [versionOfPart(first), ...others.map(versionOfPart)];
}

/** The render of the versions that the Application shall be at; made only where the last one does not stand for them. */
export async function renderApplication(
  state: ApplicationState,
  source: ReadySource,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<Rendered> {
  // What is ignored is marked on the objects that are prepared of a render.
  const ignoreRules = context.ignoreBook.installation();
  const inputs = `${renderInputsOf(state.application)} ${ignoreRules?.text ?? ''}`;
  const versions = versionsOf(source);
  const { rendered } = state;
  const same =
    rendered?.inputs === inputs &&
    rendered.versions.length === versions.length &&
    rendered.versions.every(({ version }, index) => version.content === versions[index]?.version.content) &&
    !(await hasChanged(rendered.missing ?? [], context, signal));
  // The same content under another commit: only the name of the commit moves.
  state.rendered = same
    ? { ...rendered, versions }
    : await renderNow(state, source, { from: { inputs, versions }, ignoreRules }, context, signal);
  return state.rendered;
}

/** Whether any of these kinds is served by now; or is gone where its API did not answer, or the other way round. */
async function hasChanged(
  kinds: readonly MissingKind[],
  { client }: Pick<ReconcileContext, 'client'>,
  signal: AbortSignal,
): Promise<boolean> {
  for (const { isDown, ...kind } of kinds) {
    try {
      await client.discovery.resource(kind, { signal });
      return true;
    } catch (error) {
      // It is not there, or the server cannot tell.
      if (signal.aborted || !(error instanceof PlumbError)) throw error;
      if (error.code === (isDown ? 'kube.no-such-kind' : 'kube.api-unavailable')) return true;
    }
  }
  return false;
}

async function renderNow(
  state: ApplicationState,
  { parts }: ReadySource,
  {
    from,
    ignoreRules,
  }: {
    readonly from: { readonly inputs: string; readonly versions: Versions };
    readonly ignoreRules: IgnoreRules | undefined;
  },
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<Rendered> {
  const { application } = state;
  let missing: readonly MissingKind[] = [];
  try {
    const [files, environment] = await Promise.all([filesOf(parts), context.environment(signal)]);
    const startedAt = context.now();
    const seed = context.seedOf(state.id);
    const result = await renderSources({
      application,
      parts: files,
      renderer: context.renderer,
      environment,
      seed,
      signal,
    });
    if (result.reads !== undefined) context.recordReads(state.id, result.reads);
    if (result.state === 'failed') return { ...result, ...from, missing };
    const milliseconds = context.now() - startedAt;
    context.log.debug({ application: state.id, cached: result.cached, milliseconds }, 'rendered');
    missing = await missingKindsOf(result.objects, context.client.discovery, signal);
    const prepared = await prepareRendered(
      application,
      result,
      parts,
      { discovery: context.client.discovery, ignoreRules },
      signal,
    );
    return { state: 'ok', ...from, ...prepared, missing, warnings: result.warnings };
  } catch (error) {
    if (signal.aborted) throw error;
    const [first, ...others] = problemsOf(error);
    return {
      state: 'failed',
      ...from,
      missing,
      problems: [placeIn(first, parts), ...others.map((each) => placeIn(each, parts))],
    };
  }
}
