import type { KubeObject, ObjectKey } from '../../object.ts';
import type { RenderResult } from '../../render/index.ts';
import {
  defaultFieldManager,
  diffSync,
  dryRunSync,
  openPushView,
  ownersSync,
  parentRecordOf,
  type PruneSimulation,
  simulatePrune,
  type StepContext,
  type SyncDiff,
  type SyncInput,
  type SyncOwners,
  type SyncReport,
} from '../../sync/index.ts';
import { isAnySelected, type ResourceSelector } from '../../sync-request.ts';
import { approvalOf, withApproval } from '../deletion/approval.ts';
import { isUnmoved, syncOptionsOf } from '../application/decide.ts';
import { placeProblems } from '../rendering/place-problems.ts';
import { applySetOfApplication } from './prepare-rendered.ts';
import { renderOnce, type RenderOnceOptions } from '../rendering/render-once.ts';

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
  return lookOnce(options, async (input, context, { origins, parts, warnings }) => {
    const found = await diffSync(input, context);
    return { ...found, problems: await placeProblems(found.problems, origins, parts), warnings };
  });
}

/** Whose the fields of its objects are that Git does not give, or that another manager has; found without a controller. */
export function ownersOnce(options: DiffOnceOptions): Promise<SyncOwners> {
  return lookOnce(options, (input, context) => ownersSync(input, context));
}

/**
 * What a prune of an Application would do now, found without a controller; changes nothing.
 * @param approval the token that is taken for given
 */
export function simulatePruneOnce(options: DiffOnceOptions, approval?: string): Promise<PruneSimulation> {
  return lookOnce(options, (input, context) => simulatePrune(withApproval(input, approval), context));
}

/** What is found out by a rehearsal. */
export interface ApplicationDryRun extends SyncReport {
  readonly warnings: RenderResult['warnings'];
}

/** What the API server would answer to a sync of an Application, or of some objects of it; changes nothing. */
export function dryRunOnce(
  options: DiffOnceOptions,
  resources: readonly ResourceSelector[] | undefined,
): Promise<ApplicationDryRun> {
  const select = resources === undefined ? {} : { select: (key: ObjectKey) => isAnySelected(resources, key) };
  return lookOnce(options, async (input, context, { origins, parts, warnings }) => {
    const found = await dryRunSync({ ...input, ...select }, context);
    return { ...found, problems: await placeProblems(found.problems, origins, parts), warnings };
  });
}

type Rendered = Parameters<Parameters<typeof renderOnce>[1]>[0];
type Looking = Pick<StepContext, 'view' | 'cluster' | 'signal'>;

/** Renders an Application, lists its members, and looks at both. */
function lookOnce<Result>(
  options: DiffOnceOptions,
  look: (input: SyncInput, context: Looking, rendered: Rendered) => Promise<Result>,
): Promise<Result> {
  const { application, client, live, signal } = options;
  return renderOnce(options, async (rendered) => {
    const { desired } = rendered;
    const applySet = applySetOfApplication(application);
    const parentNamespace = application.metadata.namespace;
    const parent = parentRecordOf(live);
    const fieldManager = defaultFieldManager;
    const listed = { client, applySet, namespace: parentNamespace, desired, parent, fieldManager, signal };
    const members = await openPushView(listed);
    try {
      const approval = approvalOf({ application, written: application.status });
      const input = {
        desired,
        applySet,
        parentNamespace,
        parent,
        lastApplied: new Map(),
        unmoved: isUnmoved(application.status ?? {}, desired.digest),
        options: syncOptionsOf(application, 'manual', fieldManager, approval),
      };
      return await look(input, { view: members.view, cluster: client, signal }, rendered);
    } finally {
      await members.close();
    }
  });
}
