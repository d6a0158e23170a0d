import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Location, Problem } from '../../src/errors.ts';
import {
  folderTree,
  RenderError,
  type Renderer,
  type RenderRequest,
  type RenderResult,
  type RenderSource,
} from '../../src/render/index.ts';
import { forever, renderRequest } from '../support/render.ts';
import type { Fixture } from './fixture.ts';
import { type Reference, release, runTool } from './reference.ts';

/** What our renderer did. */
export type Outcome =
  | { readonly ok: true; readonly result: RenderResult }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/** Renders a folder on disk under the same name, namespace and version as the real tools. */
export async function renderFolder(
  renderer: Renderer,
  root: string,
  path: string,
  source: RenderSource,
  given: Partial<RenderRequest> = {},
): Promise<Outcome> {
  // Without a list of its own APIs Helm takes the ones that it knows, as `helm template` does.
  const request = renderRequest(path, { source, ...release, apiVersions: [], ...given });
  try {
    return { ok: true, result: await renderer.render(request, folderTree(root), forever) };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { ok: false, problems: error.problems, warnings: error.warnings };
  }
}

/** Makes the packaged charts that a fixture asks for, with the real helm. */
export async function packageCharts(root: string, fixture: Fixture): Promise<void> {
  for (const [chart, into] of Object.entries(fixture.package ?? {})) {
    mkdirSync(join(root, into), { recursive: true });
    const packaged = await runTool('helm', ['package', chart, '--destination', into], root);
    if (!packaged.ok) throw new Error(packaged.error);
  }
}

/** Holds an outcome that should have objects against those of the real tool: all the same, in the same order. */
export function expectSame(
  outcome: Outcome,
  reference: Reference,
  objectsOf: (output: string) => readonly unknown[],
): void {
  if (!outcome.ok) {
    const other = reference.ok ? 'the real tool does not' : `so does the real tool: ${reference.error}`;
    throw new Error(`the renderer fails, ${other}: ${JSON.stringify(outcome.problems)}`);
  }
  if (!reference.ok) throw new Error(`the real tool fails, the renderer does not: ${reference.error}`);
  expect(outcome.result.objects).toEqual(objectsOf(reference.output));
  expect(outcome.result.origins).toHaveLength(outcome.result.objects.length);
}

/** Holds a failure against that of the real tool: the same in substance, and at the place that the fixture names. */
export function expectSameError(outcome: Outcome, reference: Reference, fixture: Fixture): void {
  if (outcome.ok) throw new Error(`the renderer does not fail: ${JSON.stringify(outcome.result.objects)}`);
  if (reference.ok) throw new Error(`the real tool does not fail: ${reference.output}`);
  const ours = outcome.problems.map(({ message }) => message).join('\n');
  for (const part of [fixture.error ?? []].flat()) {
    expect(withoutPlace(reference.error)).toContain(part);
    expect(ours).toContain(part);
  }
  if (fixture.where !== undefined)
    expect(outcome.problems.map(placeOf)).toContainEqual(expect.objectContaining(fixture.where));
  const codes = outcome.problems.map(({ code }) => code);
  if (fixture.code !== undefined) expect(new Set(codes)).toEqual(new Set([fixture.code]));
  // What nobody foresaw is a defect, and no answer to a user's mistake.
  expect(codes).not.toContain('internal');
}

function placeOf({ where }: Problem): Location {
  return where ?? {};
}

/** The real tools break and indent their lines as they like. */
function withoutPlace(error: string): string {
  return error.replaceAll(/\n\s*/g, ' ');
}

/** Holds the warnings against the parts that the fixture gives: each stands for one, and there is no other. */
export function expectWarnings(outcome: Outcome, fixture: Fixture): void {
  const warnings = (outcome.ok ? outcome.result.warnings : outcome.warnings).map(({ message }) => message);
  expect(warnings).toEqual((fixture.warnings ?? []).map((part) => expect.stringContaining(part) as string));
}
