import { formatProblem } from '../../errors.ts';
import type { RenderResult } from '../../render/index.ts';
import type { Session } from '../session.ts';
import type { SourceOptions } from './flags.ts';
import { locate } from './locate.ts';
import { withNeededCharts } from './needed-charts.ts';
import { renderSource } from './render-source.ts';

/** What a render depends on besides the folder and the flags. */
export interface FolderRender {
  /** Path as it was given. */
  readonly path: string;
  readonly namespace: string;
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
}

/** Renders the folder; all random values come from the seed of 32 bytes. */
export type RenderWithSeed = (seed: Uint8Array) => Promise<RenderResult>;

/** Lends a renderer for a folder on disk; `body` also gets the name that the folder goes by. */
export async function withFolderRenderer<Result>(
  session: Session<SourceOptions>,
  input: FolderRender,
  body: (render: RenderWithSeed, name: string) => Promise<Result>,
): Promise<Result> {
  const { context, options, signal } = session;
  const place = await locate(context.cwd, input.path, options.root);
  const name = options.name ?? place.name;
  const source = await renderSource(options, place, context.cwd);
  const { createRenderer, folderTree } = await import('../../render/index.ts');
  const renderer = createRenderer({ host: 'wasm', workers: 1, environment: { ...context.env } });
  const { namespace, kubeVersion, apiVersions } = input;
  const request = { path: place.path, source, namespace, name, kubeVersion, apiVersions, now: context.now() };
  try {
    const folder = { files: folderTree(place.root), path: place.path, source };
    return await withNeededCharts(session, folder, (files) =>
      body((seed) => renderer.render({ ...request, seed }, files, signal), name),
    );
  } finally {
    await renderer.close();
  }
}

/** Writes what works, and will not for ever, to standard error. */
export function printWarnings({ context }: Session, { warnings }: Pick<RenderResult, 'warnings'>): void {
  for (const warning of warnings) context.stderr.write(`warning ${formatProblem(warning)}\n`);
}
