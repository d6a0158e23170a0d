import { plumbError } from '../../../errors.ts';
import type { KubeObject } from '../../../object.ts';
import { editInPlace } from '../directory/directory-placer.ts';
import type { Candidate, PlaceContext, Placer, Unit } from '../types.ts';
import { generatorCandidates, isDataEdit } from './generators.ts';
import { type Kustomization, rootKustomization } from './kustomization.ts';
import { creationCandidates, removalCandidates } from './objects.ts';
import { imagesCandidate, isImageEdit, isOverridden, isReplicasEdit, replicasCandidate } from './overrides.ts';
import { isOwn, refuseSharedFolder } from './ownership.ts';
import { deletionCandidates, patchCandidates } from './patch-candidates.ts';
import { type Target, targetOf } from './target.ts';
import { withinOwn } from '../within.ts';

/**
 * Places changes in the kustomization that an Application renders: at the object where it belongs to it alone, or else
 * in its overlay. What others build on is never touched.
 */
export const kustomizePlacer: Placer = {
  async split(unit) {
    if (unit.edits.some(({ path }) => path.length === 0)) return [unit];
    const { kind } = unit.key;
    const images = unit.edits.filter(isImageEdit);
    const replicas = unit.edits.filter((edit) => isReplicasEdit(edit, kind));
    const data = unit.rendered?.origin.generator === undefined ? [] : unit.edits.filter(isDataEdit);
    const rest = unit.edits.filter((edit) => ![...images, ...replicas, ...data].includes(edit));
    const parts = [replicas, images, data, rest].filter((edits) => edits.length > 0);
    return parts.map((edits) => ({ ...unit, edits }));
  },

  candidates: (unit, context) => withinOwn(candidatesFor(unit, context), context),
};

async function* candidatesFor(unit: Unit, context: PlaceContext): AsyncGenerator<Candidate> {
  await refuseSharedFolder(context);
  const root = await rootKustomization(context.tree, context.path);
  refuseShared(root, context);
  const whole = unit.edits.find(({ path }) => path.length === 0);
  if (unit.rendered === undefined) yield* creationCandidates(root, whole?.value as KubeObject, context);
  else if (whole === undefined) yield* changeCandidates(unit, root, context);
  else yield* goingCandidates(unit, root, context);
}

/** The caller knows of others that render the same folder. */
function refuseShared({ file, folder }: Kustomization, { isShared }: PlaceContext): void {
  if (isShared?.(file) !== true) return;
  throw plumbError('writeback.cannot-place', `something else is made of ${folder} as well and would change too`, {
    where: { file },
    hint: 'Give the Application an overlay of its own, so that there is a place for what is its own.',
  });
}

async function* changeCandidates(unit: Unit, root: Kustomization, context: PlaceContext): AsyncGenerator<Candidate> {
  const { rendered } = unit;
  if (rendered === undefined) return;
  const target = await targetOf(rendered, root, context);
  const { file, generator } = rendered.origin;
  const own = file !== undefined && generator === undefined && isOwn(file, context);
  const override = overrideFor(unit, root, target);
  const overridden = isOverridden(root, target, unit);
  if (own && !overridden) yield editInPlace(unit, rendered, context);
  if (override !== undefined) yield override;
  if (own && overridden) yield editInPlace(unit, rendered, context);
  if (generator !== undefined) yield* generatorCandidates(root, unit, context);
  yield* patchCandidates({ root, target, unit, context });
}

function overrideFor(unit: Unit, root: Kustomization, target: Target): Candidate | undefined {
  if (unit.edits.every(isImageEdit)) return imagesCandidate(root, unit);
  if (unit.edits.every((edit) => isReplicasEdit(edit, target.kind))) return replicasCandidate(root, target, unit);
  return undefined;
}

async function* goingCandidates(unit: Unit, root: Kustomization, context: PlaceContext): AsyncGenerator<Candidate> {
  const { rendered } = unit;
  if (rendered === undefined) return;
  const { file } = rendered.origin;
  if (file !== undefined && isOwn(file, context)) yield* removalCandidates(root, rendered, context);
  yield* deletionCandidates({ root, target: await targetOf(rendered, root, context), context });
}
