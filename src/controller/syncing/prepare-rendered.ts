import { type Application, group } from '../../api/index.ts';
import type { RenderResult } from '../../render/index.ts';
import {
  applySetId,
  hookOf,
  kindRefOf,
  type IgnoreRules,
  lookupKinds,
  prepare,
  type PreparedSet,
  resourcesDefinedBy,
  type SyncCluster,
} from '../../sync/index.ts';
import type { MissingKind } from '../application/application-state.ts';
import type { SourcePart } from '../application/context.ts';
import { ignoreRulesOf } from '../drift/ignore-rules.ts';
import { locationOf, type Origins } from '../rendering/place-problems.ts';
import { managedNamespaceOf } from '../application/managed-namespace.ts';
import { destinationOf } from '../rendering/render-request.ts';
import type { SourceOrigin } from '../rendering/render-sources.ts';

/** Finds kinds. */
export type KindLookup = Pick<SyncCluster['discovery'], 'find' | 'resource'>;

/** Kinds of these objects that are neither served nor defined by one of them, or whose API does not answer. */
export async function missingKindsOf(
  objects: RenderResult['objects'],
  discovery: KindLookup,
  signal: AbortSignal,
): Promise<readonly MissingKind[]> {
  const { lookup, isDown } = await lookupKinds(objects, discovery, signal);
  const defined = resourcesDefinedBy(objects);
  const kinds = new Map<string, MissingKind>();
  for (const object of objects) {
    if (typeof object.apiVersion !== 'string' || typeof object.kind !== 'string') continue;
    const kind = kindRefOf(object);
    if (lookup(kind) !== undefined || defined(kind) !== undefined) continue;
    kinds.set(`${object.apiVersion} ${kind.kind}`, { ...kind, isDown: isDown(kind) });
  }
  return [...kinds.values()];
}

/** The ApplySet that an Application is the parent of. */
export function applySetOfApplication(application: Application): string {
  const { namespace, name } = application.metadata;
  return applySetId({ group, kind: 'Application', namespace, name });
}

/** Makes what was rendered for an Application ready to be applied, and keeps where each object came from. */
export async function prepareRendered(
  application: Application,
  result: { readonly objects: RenderResult['objects']; readonly origins: readonly SourceOrigin[] },
  parts: readonly SourcePart[],
  cluster: { readonly discovery: KindLookup; readonly ignoreRules?: IgnoreRules | undefined },
  signal: AbortSignal,
): Promise<{ readonly desired: PreparedSet; readonly origins: Origins }> {
  const added = managedNamespaceOf(application, result.objects);
  const all = [...result.objects, ...added.map(({ object }) => object)];
  const { lookup, isDown } = await lookupKinds(all, cluster.discovery, signal);
  const { rules, problems } = ignoreRulesOf(application, cluster.ignoreRules);
  const rendered = [
    ...result.objects.map((object, index) => {
      const origin = result.origins[index];
      const location = origin === undefined ? undefined : locationOf(parts, origin);
      return location === undefined ? { object } : { object, origin: location };
    }),
    ...added,
  ];
  const prepared = prepare(rendered, {
    namespace: destinationOf(application),
    applySet: applySetOfApplication(application),
    lookup,
    isDown,
    missingKinds: application.spec.sync?.missingKinds ?? 'Fail',
    ...(rules === undefined ? {} : { ignore: rules }),
  });
  const desired =
    problems.length === 0 ? prepared : { ...prepared, warnings: [...(prepared.warnings ?? []), ...problems] };
  // Prepared objects come in the order of the rendered ones, and hooks are none of them.
  const places = [...result.objects.keys()].filter(
    (index) => hookOf(result.objects[index]?.metadata?.annotations) === undefined,
  );
  const origins = new Map(
    desired.objects.map(({ id, object }, index) => {
      const origin = result.origins[places[index] ?? index] ?? { source: 0 };
      return [id, { origin, object }];
    }),
  );
  return { desired, origins };
}
