import { createHash } from 'node:crypto';
import type { Application } from '../../api/index.ts';
import { type Problem, problemsOf } from '../../errors.ts';
import { formatObject, type KubeObject } from '../../object.ts';
import {
  type ApplicationPreview,
  type ClusterDifference,
  compareRenders,
  compareWithCluster,
  type PreviewChange,
} from '../../preview/index.ts';
import type { Renderer } from '../../render/index.ts';
import { lookupResources, type PreparedSet, resourcesDefinedBy, type SyncDiff } from '../../sync/index.ts';
import type { GroupReads, SourcePart } from '../application/context.ts';
import { type Origins, placeProblems } from '../rendering/place-problems.ts';
import { type KindLookup, prepareRendered } from '../syncing/prepare-rendered.ts';
import { destinationOf, type RenderEnvironment } from '../rendering/render-request.ts';
import { filesOf, renderSources, type SourceFiles, type SourcesRendered } from '../rendering/render-sources.ts';
import { assumedKind } from './known-kinds.ts';

/** An Application on one side, with its sources at the versions of that side. */
export interface PreviewSide {
  readonly application: Application;
  readonly parts: readonly SourcePart[];
}

/** What a sync of the head would do, and which of the live objects the Application owns. */
export interface LiveComparison {
  readonly found: SyncDiff;
  /** By id. Others are none of its business, and nothing of them is shown. */
  readonly owns: (id: string) => boolean;
}

/** What `previewApplication` needs. */
export interface PreviewApplicationOptions {
  /** `namespace/name`. */
  readonly id: string;
  /** Undefined where the Application is new, or goes. */
  readonly base: PreviewSide | undefined;
  readonly head: PreviewSide | undefined;
  readonly renderer: Renderer;
  readonly environment: RenderEnvironment;
  /** Of all random values, on both sides. Never that of a sync: what a pull request renders is shown. */
  readonly seed: Uint8Array;
  readonly kinds: KindLookup;
  /** Whether nothing that a render of the base looked at differs in the head. */
  readonly isUntouched: (reads: GroupReads) => boolean;
  /** Asks the API server; left out where it may not be asked. */
  readonly compareLive?: (application: Application, desired: PreparedSet) => Promise<LiveComparison>;
  readonly signal: AbortSignal;
}

/** Renders both sides of an Application and tells what differs; undefined where the head touches nothing of it. */
export async function previewApplication(options: PreviewApplicationOptions): Promise<ApplicationPreview | undefined> {
  const base = options.base === undefined ? undefined : await renderSide(options.base, options);
  // Another spec may read other files: only of the same one the record says something.
  const isSame = options.head?.application === options.base?.application;
  if (isSame && base?.rendered.reads !== undefined && options.isUntouched(base.rendered.reads)) return undefined;
  const head = options.head === undefined ? undefined : await renderSide(options.head, options);
  options.signal.throwIfAborted();
  if (head?.rendered.state === 'failed') {
    return { application: options.id, changes: [], problems: head.rendered.problems, warnings: [], notes: [] };
  }
  const [before, after] = await Promise.all([settle(base, options), settle(head, options)]);
  // Whose Application goes with an Orphan policy keeps the objects.
  const stays = head === undefined && base?.application.spec.deletionPolicy !== 'Cascade';
  const changes = stays ? [] : compareRenders(before, after);
  const validated = head === undefined ? undefined : await validate({ ...head, rendered: head.rendered }, options);
  const live = await askCluster(head?.application, validated?.desired, changes.length > 0, options);
  const problems =
    validated === undefined
      ? []
      : await placeProblems(
          [...validated.problems, ...(live?.found.problems ?? [])],
          validated.origins,
          head?.parts ?? [],
        );
  return {
    application: options.id,
    changes,
    problems,
    warnings: newWarnings(base?.rendered, head?.rendered),
    notes: [
      ...notesOn(base?.rendered, options),
      ...(live?.found.blocked ?? []).map(({ id, message }) => `${id}: ${message}`),
    ],
    ...(live === undefined || head === undefined
      ? {}
      : { cluster: await clusterDifference(changes, live, head, options) }),
  };
}

interface Side {
  readonly application: Application;
  readonly parts: readonly SourceFiles[];
  readonly rendered: SourcesRendered;
}

async function renderSide({ application, parts }: PreviewSide, options: PreviewApplicationOptions): Promise<Side> {
  const files = await filesOf(parts);
  const rendered = await renderSources({ ...options, application, parts: files });
  return { application, parts: files, rendered };
}

/** The objects with their namespaces, of the first where two have the same name; what has no name is left out. */
async function settle(side: Side | undefined, options: PreviewApplicationOptions): Promise<readonly KubeObject[]> {
  if (side === undefined || side.rendered.state === 'failed') return [];
  const { objects } = side.rendered;
  const place = await placement(side.application, objects, options);
  const settled = new Map<string, KubeObject>();
  for (const object of objects.map(place)) {
    if (object === undefined || settled.has(formatObject(object))) continue;
    settled.set(formatObject(object), object);
  }
  return [...settled.values()];
}

/** Gives an object the namespace that a sync would give it; undefined where it is no object. */
async function placement(
  application: Application,
  objects: readonly KubeObject[],
  { kinds, signal }: PreviewApplicationOptions,
): Promise<(object: KubeObject) => KubeObject | undefined> {
  const lookup = await lookupResources(objects, kinds, signal);
  const definedHere = resourcesDefinedBy(objects);
  return (object) => {
    const { apiVersion, kind, metadata } = object as Partial<KubeObject>;
    if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof metadata?.name !== 'string')
      return undefined;
    const slash = apiVersion.indexOf('/');
    const ref = { group: slash < 0 ? '' : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind };
    const { namespaced } = lookup(ref) ?? definedHere(ref) ?? assumedKind(ref);
    const { namespace, ...rest } = metadata;
    return {
      ...object,
      metadata: namespaced ? { ...rest, namespace: namespace || destinationOf(application) } : { ...rest },
    };
  };
}

interface Validated {
  readonly desired: PreparedSet | undefined;
  readonly problems: readonly Problem[];
  readonly origins: Origins;
}

/** What can be said of the objects of the head without asking the API server for each. */
async function validate(
  { application, parts, rendered }: Side & { readonly rendered: Extract<SourcesRendered, { readonly state: 'ok' }> },
  options: PreviewApplicationOptions,
): Promise<Validated> {
  try {
    const client = { discovery: options.kinds };
    const { desired, origins } = await prepareRendered(application, rendered, parts, client, options.signal);
    return { desired, origins, problems: [] };
  } catch (error) {
    options.signal.throwIfAborted();
    const place = await placement(application, rendered.objects, options);
    const origins = rendered.objects.flatMap((object, index) => {
      const settled = place(object);
      const origin = rendered.origins[index];
      if (settled === undefined || origin === undefined) return [];
      // A problem may name it as it is written, or as it will be.
      return [formatObject(object), formatObject(settled)].map((id) => [id, { origin, object }] as const);
    });
    // Of two with the same name the second one is in the wrong.
    return { desired: undefined, origins: new Map(origins), problems: problemsOf(error) };
  }
}

/** The cluster is asked only of what the pull request changes: what was wrong before is not its fault. */
async function askCluster(
  application: Application | undefined,
  desired: PreparedSet | undefined,
  isChanged: boolean,
  { compareLive }: PreviewApplicationOptions,
): Promise<LiveComparison | undefined> {
  if (application === undefined || desired === undefined || compareLive === undefined || !isChanged) return undefined;
  return compareLive(application, desired);
}

async function clusterDifference(
  changes: readonly PreviewChange[],
  live: LiveComparison,
  head: Side,
  options: PreviewApplicationOptions,
): Promise<ClusterDifference> {
  const difference = compareWithCluster(changes, ownDiffs(live));
  if (difference.beyond.length === 0) return difference;
  const random = await randomObjects(head, options);
  return { ...difference, beyond: difference.beyond.filter(({ id }) => !random.has(id)) };
}

/**
 * The objects that hold random values: a sync draws others, so that they would always differ from the cluster. Whether
 * there are any, a render with another seed shows.
 */
async function randomObjects(head: Side, options: PreviewApplicationOptions): Promise<ReadonlySet<string>> {
  const seed = createHash('sha256').update('another seed').update(options.seed).digest();
  const other = await renderSide(head, { ...options, seed });
  const [one, another] = await Promise.all([settle(head, options), settle(other, options)]);
  const stable = new Set(another.map((object) => JSON.stringify(object)));
  return new Set(one.filter((object) => !stable.has(JSON.stringify(object))).map(formatObject));
}

/** Differences of objects that would be made, and of those that the Application owns: of no others a value is shown. */
function ownDiffs({ found, owns }: LiveComparison): SyncDiff['diffs'] {
  return found.diffs.filter(({ change, id }) => change === 'create' || owns(id));
}

function newWarnings(base: SourcesRendered | undefined, head: SourcesRendered | undefined): readonly Problem[] {
  const known = new Set(base?.state === 'ok' ? base.warnings.map(({ message }) => message) : []);
  return head?.state === 'ok' ? head.warnings.filter(({ message }) => !known.has(message)) : [];
}

function notesOn(base: SourcesRendered | undefined, { head }: PreviewApplicationOptions): readonly string[] {
  if (head === undefined)
    return ['the Application goes; its objects are deleted where its deletionPolicy is Cascade, and stay otherwise'];
  if (base === undefined) return ['the Application is new'];
  if (base.state === 'ok') return [];
  const why = base.problems.map(({ message }) => message).join('; ');
  return [`the base cannot be rendered (${why}), so that everything in the head is told as created`];
}
