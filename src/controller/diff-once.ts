import type { KubeObject } from '../object.ts';
import type { RenderResult } from '../render/index.ts';
import { defaultFieldManager, diffSync, openPushView, parentRecordOf, type SyncDiff } from '../sync/index.ts';
import { syncOptionsOf } from './decide.ts';
import { placeProblems } from './place-problems.ts';
import { applySetOfApplication } from './prepare-rendered.ts';
import { renderOnce, type RenderOnceOptions } from './render-once.ts';

/** What a sync of an Application would change. */
export interface ApplicationDiff extends SyncDiff {
  readonly warnings: RenderResult['warnings'];
}

/** What `diffOnce` needs. */
export interface DiffOnceOptions extends RenderOnceOptions {
  /** The Application as the API server holds it. */
  readonly live: KubeObject;
}

/** What a sync of an Application asked for by hand would change now, found without a controller; changes nothing. */
export async function diffOnce(options: DiffOnceOptions): Promise<ApplicationDiff> {
  const { application, client, live, signal } = options;
  return renderOnce(options, async ({ desired, origins, parts, warnings }) => {
    const applySet = applySetOfApplication(application);
    const parentNamespace = application.metadata.namespace;
    const parent = parentRecordOf(live);
    const fieldManager = defaultFieldManager;
    const members = await openPushView({
      client,
      applySet,
      namespace: parentNamespace,
      desired,
      parent,
      fieldManager,
      signal,
    });
    try {
      const input = {
        desired,
        applySet,
        parentNamespace,
        parent,
        lastApplied: new Map(),
        options: syncOptionsOf(application, 'manual', fieldManager),
      };
      const found = await diffSync(input, { view: members.view, cluster: client, signal });
      return { ...found, problems: await placeProblems(found.problems, origins, parts), warnings };
    } finally {
      await members.close();
    }
  });
}
