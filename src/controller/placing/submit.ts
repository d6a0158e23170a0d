import { hash } from 'node:crypto';
import type { Operation } from '../../api/index.ts';
import { PlumbError, throwProblems } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { type Edit, fetchTip, formatMessage, previewPlan, tipAt } from '../../writeback/index.ts';
import { textProblems } from '../changes/check.ts';
import { knownResult } from '../changes/finish.ts';
import { refuseUnsigned } from '../repository/refuse-unsigned.ts';
import { namespaceMadeBy } from '../rendering/render-request.ts';
import { createRehearser, type Rehearser } from '../changes/rehearse.ts';
import { type FilesContext, submitFiles, withSync } from '../changes/submit-files.ts';
import { actionOf, subjectOf } from '../changes/subject.ts';
import type { ChangeRequest, SubmitOptions } from '../changes/types.ts';
import type { GitOps } from '../gitops/start-gitops.ts';
import type { WriteMode } from '../repository/branches.ts';
import type { OpenBranch } from '../repository/open-branch.ts';
import { type AppWish, keyedChanges, type KeyedChange } from './app-objects.ts';
import { branchesOf, modeOf, type TargetBranch } from './branch.ts';
import { openSources, type PlanContext } from './open-sources.ts';
import { type ChangePlan, filesIn, filesSeen, planOn, wishesFor } from './plan.ts';
import { type PlanSources, planContextOf } from './plan-context.ts';
import { rehearsalsOf } from './rehearsals.ts';
import type { AppChangeRequest, AppChangeResult } from './types.ts';

/** Changes of objects of Applications. */
export interface AppChanges {
  /**
   * Makes a change where the objects come from, as one commit or one pull request.
   * @throws PlumbError `writeback.*`, `controller.change-refused`, `kube.*`, `git.*`
   */
  changeApplication(request: AppChangeRequest, options: SubmitOptions): Promise<AppChangeResult>;
}

/** What changes of objects of Applications are made with. */
export interface AppChangeContext extends FilesContext, PlanSources {
  readonly client: KubeClient;
  readonly settingsOf: GitOps['settingsOf'];
}

/** A change with all that was found out of its Application. */
interface Asked {
  readonly request: AppChangeRequest;
  readonly plan: PlanContext;
  readonly context: AppChangeContext;
}

/**
 * Makes a change of objects of an Application: placed in the files that they come from, proved by rendering, tried as the
 * user, and then written as one commit, or proposed as one pull request.
 * @throws PlumbError `writeback.*`, `controller.change-refused`, `kube.*`, `git.*`; nothing was written then, but for
 * `git.push-unknown`
 */
export async function changeApplication(
  request: AppChangeRequest,
  context: AppChangeContext,
  options: SubmitOptions,
): Promise<AppChangeResult> {
  const { signal } = options;
  throwProblems(textProblems(request));
  const known = await knownResult(aboutOf(request), digestOf(request), context, signal);
  if (known !== undefined && options.wait === undefined) return known;
  const asked = await askedOf(request, context, signal);
  const target = await targetOf(asked, signal);
  const mode = modeOf(asked.plan.application, request.mode, settingsFor(asked));
  return context.branches.use(
    target.repository,
    target.branch,
    mode,
    async (opened) => {
      const result = known ?? (await writeTo(target, mode, opened, asked, signal));
      return options.wait === 'synced'
        ? withSync(result, asked.plan.application, opened.mirror, context.news, options)
        : result;
    },
    signal,
  );
}

async function askedOf(request: AppChangeRequest, context: AppChangeContext, signal: AbortSignal): Promise<Asked> {
  const plan = await planContextOf(request.namespace, request.application, context, signal);
  return { request, context, plan };
}

/** The branch that the change belongs to: of several, the one in which it has its place now. */
async function targetOf({ request, plan }: Asked, signal: AbortSignal): Promise<TargetBranch> {
  const [first, ...others] = branchesOf(plan.parts, plan.repositoryOf);
  if (others.length === 0) return first;
  const now = await openSources(plan, undefined, signal);
  const keyed = await keyedChanges(request.changes, now, plan.discovery, signal);
  // What was seen before makes no difference to where it lies.
  const wishes = await wishesFor(keyed, now, async () => now, signal);
  const { placed } = await planOn(plan, undefined, wishes, signal);
  const group = placed[0]?.part.group;
  return [first, ...others].find((branch) => branch.group === group) ?? first;
}

const settingsFor = ({ request, context }: Asked) => {
  try {
    return context.settingsOf(request.namespace);
  } catch (error) {
    // A namespace that is none of Git's, or does not say well how, makes no rule for its other Applications.
    if (error instanceof PlumbError) return undefined;
    throw error;
  }
};

async function writeTo(
  target: TargetBranch,
  mode: WriteMode,
  opened: OpenBranch,
  { request, plan, context }: Asked,
  signal: AbortSignal,
): Promise<AppChangeResult> {
  const { mirror, signs } = opened;
  refuseUnsigned(target.repository, mode, signs);
  const { rehearse, warnings } = createRehearser(request.user, context.client, namespaceMadeBy(plan.application));
  const tip = await tipAt(mirror, await fetchTip(mirror, target.branch, signal));
  const { group } = target;
  const now = await openSources(plan, { group, files: tip.files }, signal);
  const keyed = await keyedChanges(request.changes, now, plan.discovery, signal);
  const seenAt = async (commit: Parameters<typeof filesSeen>[1]) =>
    openSources(plan, { group, files: await filesSeen(mirror, commit) }, signal);
  const wishes = await wishesFor(keyed, now, seenAt, signal);
  await rehearse(rehearsalsOf(wishes), signal);
  // Everything that speaks against it is told before there is an Operation.
  const first = await planOn(plan, { group, tip }, wishes, signal);
  const changes = filesIn(first, group);
  await rehearse(first.rehearsals, signal);
  const diffs = tip.commit === undefined ? [] : await previewPlan(mirror.past, tip.commit, changes, signal);
  const told = {
    objects: first.objects,
    diffs,
    explanation: first.explanation,
    repository: target.url,
    branch: target.branch,
    ...(tip.commit === undefined ? {} : { base: tip.commit }),
  };
  if (request.dryRun === true) return { operation: undefined, state: 'Tried', ...told, warnings: warnings() };

  const edit = editOf({ first, wishes, group, request, opened, plan, rehearse, now: context.now });
  const { repository, branch } = target;
  const spec = specOf(request, keyed, wishes);
  const change = { application: plan.application, repository, branch, mode, asked: aboutOf(request), spec };
  const result = await submitFiles({ ...change, edit: () => edit }, context, { signal });
  return { ...result, ...told, warnings: warnings() };
}

interface EditParts {
  readonly first: ChangePlan;
  readonly wishes: readonly AppWish[];
  readonly group: string;
  readonly request: AppChangeRequest;
  readonly opened: OpenBranch;
  readonly plan: PlanContext;
  readonly rehearse: Rehearser['rehearse'];
  readonly now: () => number;
}

/** The wishes as a change of whatever the tip is; upon the one that was looked at first, all is known. */
function editOf({ first, wishes, group, request, opened, plan, rehearse, now }: EditParts): Edit {
  const { namespace, application } = request;
  const subject = subjectOf(aboutOf(request), effectsOf(wishes));
  return async (tip, signal) => {
    const isKnown = tip.commit !== undefined && tip.commit === first.tip;
    const planned = isKnown ? first : await planOn(plan, { group, tip }, wishes, signal);
    if (!isKnown) await rehearse(planned.rehearsals, signal);
    const changes = filesIn(planned, group);
    if (changes.length === 0) return undefined;
    return {
      changes,
      message:
        formatMessage(subject).trimEnd() +
        `\n\nChanged for the Application ${namespace}/${application}:\n${planned.explanation}\n`,
      author: { ...opened.committer, at: new Date(now()) },
    };
  };
}

const effectsOf = (wishes: readonly AppWish[]) =>
  wishes.map(({ base, ours }) => ({ isNew: base === undefined, isGone: ours === undefined }));

/** The request in the words of the changes of namespaces, of which Operations are made. */
function aboutOf({ namespace, user, action, message, idempotencyKey, dryRun }: AppChangeRequest): ChangeRequest {
  return {
    namespace,
    user,
    changes: [],
    ...(action === undefined ? {} : { action }),
    ...(message === undefined ? {} : { message }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(dryRun === undefined ? {} : { dryRun }),
  };
}

function specOf(
  request: AppChangeRequest,
  keyed: readonly KeyedChange[],
  wishes: readonly AppWish[],
): Pick<Operation['spec'], 'action' | 'message' | 'changes' | 'digest'> {
  const { message } = request;
  return {
    action: request.action ?? actionOf(effectsOf(wishes)),
    ...(message === undefined ? {} : { message }),
    changes: keyed.map(({ change: { verb }, key: { group, kind, name } }) => ({
      verb: verb === 'put' ? 'replace' : verb,
      ...(group === '' ? {} : { group }),
      kind,
      name,
    })),
    digest: digestOf(request),
  };
}

/** Tells one request from another that is sent under the same key. */
function digestOf({ namespace, application, changes, mode, action, message }: AppChangeRequest): string {
  const text = JSON.stringify([namespace, { application }, changes, mode ?? '', action ?? '', message ?? '']);
  return hash('sha256', text, 'hex');
}
