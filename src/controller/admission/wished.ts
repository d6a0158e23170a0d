import { plumbError, PlumbError, type Problem } from '../../errors.ts';
import { formatKey, groupOf, type Json, type KubeObject, type ObjectKey } from '../../object.ts';
import { appliedFields } from '../../sync/index.ts';
import { applyEdits, cleanObject, editsBetween, type FieldEdit, valueAt } from '../../writeback/index.ts';
import type { ObjectChange } from '../changes/types.ts';
import type { GitObject } from '../gitops/git-objects.ts';
import type { AdmissionRequest } from './types.ts';
import { formatFieldPath } from '../../writeback/index.ts';

/** What a change of the cluster means for Git; undefined where Git has nothing to do with it. */
export type Wished =
  | { readonly kind: 'change'; readonly change: ObjectChange }
  /** Nothing of it belongs into Git. */
  | { readonly kind: 'pass'; readonly warning?: string };

/** kubectl writes what it was given into an annotation, under this name. */
const clientSideApply = 'kubectl-client-side-apply';
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Kinds to which the server adds what only it can know, before anybody is asked. */
const completedByServer: ReadonlySet<string> = new Set(['Pod', 'Job.batch', 'Service']);

const passed: Wished = { kind: 'pass' };

/**
 * What a change of the cluster means for Git, which may have the object or not. Of a changed object only the fields that are
 * changed count: defaults, and what Git says otherwise, stay as they are.
 * @throws PlumbError `writeback.*` where it cannot be written
 */
export function wishedOf(request: AdmissionRequest, key: ObjectKey, git: GitObject | undefined): Wished {
  const { operation, object, oldObject } = request;
  if (operation === 'DELETE') return git === undefined ? passed : removal(key, git);
  if (object === null) return passed;
  if (operation === 'CREATE') return creation(request, object, key, git);
  if (oldObject === null) return passed;
  if (git !== undefined) return update(request, key, oldObject, object, git);
  const declared = request.subResource === undefined ? declaredIn(request, object) : undefined;
  return declared === undefined ? notInGit(key) : { kind: 'change', change: { verb: 'create', object: declared } };
}

function removal({ group, kind, name }: ObjectKey, { etag }: GitObject): Wished {
  return { kind: 'change', change: { verb: 'delete', name: { group, kind, name }, ifMatch: etag } };
}

function notInGit(key: ObjectKey): Wished {
  return {
    kind: 'pass',
    warning: `Plumbline: ${formatKey(key)} is not in Git, and is not maintained; apply the whole object to have it committed`,
  };
}

function creation(request: AdmissionRequest, object: KubeObject, key: ObjectKey, git: GitObject | undefined): Wished {
  if (object.metadata.generateName !== undefined)
    throw refusal(key, 'it asks the server for a name, and in Git it needs one of its own');
  const declared = declaredIn(request, object);
  if (declared === undefined && completedByServer.has(kindName(key)))
    throw refusal(key, 'the server has added to it what does not belong into Git: use kubectl apply');
  const wanted = declared ?? cleanObject(object);
  // Git has it, and the cluster not yet, or not any more.
  if (git !== undefined && editsBetween(asJson(git.object), asJson(wanted)).length === 0) return passed;
  return { kind: 'change', change: { verb: 'create', object: wanted } };
}

const kindName = ({ kind, group }: ObjectKey): string => (group === '' ? kind : `${kind}.${group}`);

/** What was written by whoever applies it, without what the server has filled in; undefined where nobody knows. */
function declaredIn({ fieldManager }: AdmissionRequest, object: KubeObject): KubeObject | undefined {
  const { apiVersion, kind, metadata } = object;
  const named = (fields: Partial<KubeObject>): KubeObject =>
    cleanObject({
      ...fields,
      apiVersion,
      kind,
      metadata: { ...fields.metadata, name: metadata.name, namespace: metadata.namespace ?? '' },
    });
  if (fieldManager === clientSideApply) {
    const text = metadata.annotations?.[lastApplied];
    const written = text === undefined ? undefined : (JSON.parse(text) as Partial<KubeObject>);
    const isSame =
      written?.kind === kind && written.metadata?.name === metadata.name && written.apiVersion === apiVersion;
    return isSame ? named(written) : undefined;
  }
  const applied = fieldManager === undefined ? undefined : appliedFields(object, fieldManager);
  return applied === undefined ? undefined : named(applied);
}

function update(
  request: AdmissionRequest,
  key: ObjectKey,
  before: KubeObject,
  after: KubeObject,
  git: GitObject,
): Wished {
  const edits = request.subResource === 'scale' ? scaleEdits(before, after) : objectEdits(key, before, after, git);
  const old = request.subResource === 'scale' ? asJson(before) : asJson(cleanObject(before));
  const problems: Problem[] = [];
  const needed = edits.filter((edit) => {
    const [there, was] = [valueAt(git.object, edit.path), valueAt(old, edit.path)];
    if (editsBetween(there, edit.value).length === 0) return false;
    if (!isFrom(there, was)) problems.push(conflict(key, edit, there, was));
    return true;
  });
  const [first, ...rest] = problems;
  if (first !== undefined) throw new PlumbError([first, ...rest]);
  if (needed.length === 0) return passed;
  const object = applyEdits(asJson(git.object), needed) as unknown as KubeObject;
  return { kind: 'change', change: { verb: 'replace', object, ifMatch: git.etag } };
}

function objectEdits(key: ObjectKey, before: KubeObject, after: KubeObject, git: GitObject): readonly FieldEdit[] {
  if (groupOf(git.object.apiVersion) === groupOf(after.apiVersion) && git.object.apiVersion !== after.apiVersion)
    throw refusal(key, `Git has it as ${git.object.apiVersion}, and this is ${after.apiVersion}: send that version`);
  return editsBetween(asJson(cleanObject(before)), asJson(cleanObject(after)));
}

/** Kinds of Kubernetes' own keep their number of replicas at one place; others may have it anywhere. */
function scaleEdits(before: KubeObject, after: KubeObject): readonly FieldEdit[] {
  return editsBetween(asJson(before['spec']), asJson(after['spec']), ['spec']);
}

/** Whether what Git has is what was there, but for what the server has filled in. */
function isFrom(there: Json | undefined, was: Json | undefined): boolean {
  if (there === undefined) return true;
  if (was === undefined) return false;
  return editsBetween(there, was).every(({ path }) => valueAt(there, path) === undefined);
}

function conflict(key: ObjectKey, { path, value }: FieldEdit, there: Json | undefined, was: Json | undefined): Problem {
  const shown = (side: Json | undefined): Json =>
    key.kind === 'Secret' && side !== undefined ? '***' : (side ?? null);
  const sides = { base: shown(was), ours: shown(value), theirs: shown(there) };
  return {
    code: 'writeback.conflict',
    message: `Git has ${JSON.stringify(sides.theirs)} here, which the cluster does not have yet, and this change makes it ${JSON.stringify(sides.ours)}`,
    where: { object: formatKey(key), field: formatFieldPath(path as readonly (string | number)[]) },
    sides,
  };
}

function refusal(key: ObjectKey, message: string): PlumbError {
  return plumbError('writeback.request-invalid', message, { where: { object: formatKey(key) } });
}

const asJson = (value: unknown): Json | undefined => value as Json | undefined;
