import { type Problem, problemsOf } from '../errors.ts';
import { RenderError } from '../render/index.ts';
import type { ApplicationState, Rendered } from './application-state.ts';
import type { ReadySource, ReconcileContext } from './context.ts';
import { prepareRendered } from './prepare-rendered.ts';
import { renderInputsOf, renderRequestOf } from './render-request.ts';

/** The render of the commit that the Application shall be at; made only where the last one does not stand for it. */
export async function renderApplication(
  state: ApplicationState,
  source: ReadySource,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<Rendered> {
  const inputs = renderInputsOf(state.application);
  const { rendered } = state;
  if (rendered?.inputs === inputs && rendered.resolved.tree === source.resolved.tree) {
    // The same content under another commit: only the name of the commit moves.
    state.rendered = { ...rendered, resolved: source.resolved };
    return state.rendered;
  }
  state.rendered = await renderNow(state, source, inputs, context, signal);
  return state.rendered;
}

async function renderNow(
  state: ApplicationState,
  source: ReadySource,
  inputs: string,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<Rendered> {
  const { resolved } = source;
  try {
    const [tree, environment] = await Promise.all([source.mirror.tree(resolved.commit), context.environment(signal)]);
    const request = renderRequestOf(state.application, environment, context.seedOf(state.id), resolved.committedAt);
    const startedAt = context.now();
    const result = await context.renderer.render(request, tree, signal);
    const milliseconds = context.now() - startedAt;
    context.log.debug({ application: state.id, cached: result.cached, milliseconds }, 'rendered');
    context.recordReads(state.id, source.group, result.record);
    const prepared = await prepareRendered(state.application, result, context.client, signal);
    return { state: 'ok', inputs, resolved, ...prepared, warnings: result.warnings };
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof RenderError) context.recordReads(state.id, source.group, error.record);
    const [first, ...rest] = problemsOf(error);
    const place = (problem: Problem): Problem => ({
      ...problem,
      where: { repository: source.url, commit: resolved.commit, ...problem.where },
    });
    return { state: 'failed', inputs, resolved, problems: [place(first), ...rest.map(place)] };
  }
}
