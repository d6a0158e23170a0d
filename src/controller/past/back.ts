import { hash } from 'node:crypto';
import type { Operation } from '../../api/index.ts';
import { plumbError, problemsOf } from '../../errors.ts';
import type { CommitId } from '../../git/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import { keyOf } from '../../object.ts';
import {
  type ByWhom,
  type Edit,
  type Edited,
  planRestore,
  planRevert,
  previewPlan,
  type RestoreScope,
  type RevertWish,
  type Trying,
  type TryObjects,
} from '../../writeback/index.ts';
import { finishing, knownResult } from '../changes/finish.ts';
import { rulesFor } from '../changes/list-rules.ts';
import { createRehearser, type Rehearser } from '../changes/rehearse.ts';
import { refuseUnsigned } from '../repository/refuse-unsigned.ts';
import { type FilesContext, submitFiles, withSync } from '../changes/submit-files.ts';
import { endOf } from '../changes/submit-git.ts';
import type { ChangeResult } from '../changes/types.ts';
import { madeName } from '../gitops/made-objects.ts';
import type { PlanSources } from '../placing/plan-context.ts';
import type { PastBranch } from './branch.ts';
import { parseHash } from './parse-hash.ts';
import { tryRendered } from './try-rendered.ts';
import type { BackRequest, BackResult, PastPlace } from './types.ts';

/** What the way back is gone with. */
export interface BackContext extends FilesContext, PlanSources {
  readonly client: KubeClient;
  /** Has the Repositories with this URL fetched now. */
  readonly fetchNow: (url: string) => void;
}

/** Restores or reverts: tried as the user first, then written as one commit, or proposed as one pull request. */
export async function goBack(
  place: PastPlace,
  request: BackRequest,
  opened: PastBranch,
  paths: readonly [string, ...string[]],
  context: BackContext,
  signal: AbortSignal,
): Promise<BackResult> {
  const { mirror, branch } = opened;
  if (opened.target !== undefined) refuseUnsigned(opened.target.repository, opened.mode, opened.signs);
  const rehearser = createRehearser(request.user, context.client, opened.namespaceMade);
  const { warnings } = rehearser;
  const about = { namespace: place.namespace, user: request.user, ...keyed(request) };
  const digest = digestOf(place, request);
  const known = request.dryRun ? undefined : await knownResult(about, digest, context, signal);
  const options = { ...request.wait, signal };
  const named = { namespace: place.namespace, name: opened.target?.application.metadata.name ?? madeName };
  const follow = (result: ChangeResult): Promise<ChangeResult> =>
    withSync(result, { metadata: named }, mirror, context.news, options);
  if (known !== undefined) return follow(known);
  const plan = planner(place, request, opened, paths, context, rehearser);
  const first = (await mirror.fetch({ branch }, { signal })).resolved.commit;
  // Everything that speaks against it is told before there is an Operation.
  const planned = await plan({ commit: first }, signal);
  const diffs = await previewPlan(mirror.past, first, planned.changes, signal);
  if (request.dryRun) return { state: 'Tried', diffs, warnings: warnings() };

  // Upon the tip that was looked at first, all is known; another one may come to something else.
  const edit: Edit = async (tip, call) => (tip.commit === first ? planned : plan(tip, call));
  const spec = { ...operationSpec(place, request, opened, planned), digest };
  const { target } = opened;
  if (target !== undefined) {
    const { action, message = '', changes, mode } = spec;
    const kept = { action, message, changes, digest };
    const change = { ...target, branch, mode, asked: about, spec: kept, edit: () => edit };
    return { ...(await follow(await submitFiles(change, context, { signal }))), warnings: warnings(), diffs };
  }
  const result = await finishing(about, spec, context, signal, async (operation) => {
    const written = await opened.writer().write(edit, { operation, signal: context.signal });
    context.fetchNow(mirror.url);
    return { ...endOf(written), warnings: warnings() };
  });
  return { ...(await follow(result)), diffs };
}

const keyed = ({ idempotencyKey }: BackRequest) => (idempotencyKey === undefined ? {} : { idempotencyKey });

/** The wish as a function of the tip. */
function planner(
  place: PastPlace,
  request: BackRequest,
  opened: PastBranch,
  paths: readonly [string, ...string[]],
  context: BackContext,
  rehearser: Rehearser,
): (tip: { readonly commit: string | undefined }, signal: AbortSignal) => Promise<Edited> {
  const commit = parseHash(request.hash);
  const { mirror, layout, committer } = opened;
  const { user, action, message } = request;
  return async (tip, signal) => {
    if (tip.commit === undefined) throw plumbError('writeback.not-in-history', 'the branch has no commit');
    const by: ByWhom = {
      user: user.username,
      email: user.email ?? '',
      author: { ...committer, at: new Date(context.now()) },
      ...(action === undefined ? {} : { action }),
      ...(message === undefined ? {} : { message }),
    };
    const at = parseHash(tip.commit);
    const tried = trier(place, opened, at, context, rehearser);
    if (request.verb === 'restore') {
      const scope = scopeOf(place, layout, paths);
      return planRestore(mirror.past, { scope, target: commit, by, ...tried }, at, signal);
    }
    const rulesOf: RevertWish['rulesOf'] = (object, call) => rulesFor(object, context.lists, call);
    const kept = layout === undefined ? {} : { layout };
    const wish = { commit, paths, name: nameOf(place), by, rulesOf, ...kept, ...tried };
    return planRevert(mirror.past, wish, at, signal);
  };
}

/** How it is tried: the files as they will be rendered, or each as the object that it is. */
function trier(
  { namespace }: PastPlace,
  { mirror, branch, renderedBy }: PastBranch,
  tip: CommitId,
  context: BackContext,
  rehearser: Rehearser,
): Trying {
  if (renderedBy === undefined) return { tryObjects: objectTrier(namespace, rehearser) };
  const files = { mirror, branch, namespace, renderedBy };
  return { tryFiles: (changes, signal) => tryRendered(files, tip, changes, context, rehearser, signal) };
}

function objectTrier(namespace: string, { rehearse }: Rehearser): TryObjects {
  return async (objects, signal) => {
    const rehearsals = objects.flatMap(({ before, after }) => {
      const named = after ?? before;
      if (named === undefined) return [];
      // Files may leave the namespace out.
      const key = { ...keyOf(named), namespace: named.metadata.namespace ?? namespace };
      const object =
        after === undefined ? undefined : { ...after, metadata: { ...after.metadata, namespace: key.namespace } };
      return [{ key, object }];
    });
    try {
      await rehearse(rehearsals, signal);
      return [];
    } catch (error) {
      signal.throwIfAborted();
      return problemsOf(error);
    }
  };
}

function scopeOf(place: PastPlace, layout: PastBranch['layout'], paths: readonly [string, ...string[]]): RestoreScope {
  if (place.kind !== 'objects' || layout === undefined) return { kind: 'paths', paths, name: nameOf(place) };
  const { namespace, sideObjects } = place;
  const [first, ...rest] = place.objects;
  const keys = [{ ...first, namespace }, ...rest.map((object) => ({ ...object, namespace }))] as const;
  return { kind: 'objects', layout, keys, sideObjects };
}

/** For the commit: `deployment web`, `namespace team-a`. */
function nameOf(place: PastPlace): string {
  if (place.kind === 'namespace') return `namespace ${place.namespace}`;
  if (place.kind === 'application') return `application ${place.namespace}/${place.name}`;
  const [{ kind, name }, ...others] = place.objects;
  if (others.length === 0) return `${kind.toLowerCase()} ${name}`;
  return `resources ${place.objects.map((object) => `${object.kind.toLowerCase()} ${object.name}`).join(', ')}`;
}

function operationSpec(
  place: PastPlace,
  request: BackRequest,
  { mirror, branch, mode }: PastBranch,
  { message }: Edited,
): Omit<Operation['spec'], 'digest' | 'mode'> & Pick<PastBranch, 'mode'> {
  const { user, verb } = request;
  const objects = place.kind === 'objects' ? place.objects : [];
  const usual = `${verb === 'restore' ? 'Restoring' : 'Reverting'} ${nameOf(place).split(' ', 1)[0] ?? ''}`;
  return {
    user: { username: user.username, ...(user.email === undefined ? {} : { email: user.email }) },
    action: request.action ?? usual,
    message: (JSON.parse(message.split('\n', 1)[0] ?? '{}') as { readonly Message?: string }).Message ?? '',
    mode,
    repository: mirror.url,
    branch,
    changes: objects.map(({ group, kind, name }) => ({
      verb: 'replace',
      ...(group === '' ? {} : { group }),
      kind,
      name,
    })),
  };
}

/** Tells one request from another that is sent under the same key. */
function digestOf(place: PastPlace, { verb, hash: commit, action, message }: BackRequest): string {
  return hash('sha256', JSON.stringify([place, verb, commit, action ?? '', message ?? '']), 'hex');
}
