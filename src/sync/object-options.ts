import type { ObjectMeta } from '../object.ts';
import { argoOptionsIn, argoOptionWarning, comparisonWarnings } from './argo-options.ts';
import type { DriftPolicy } from './drift.ts';
import { fluxPrefix as flux, fluxSays } from './flux-options.ts';
import { healthWarnings } from './health-share.ts';

/**
 * How an object is written. `Merge`: server-side apply; fields that others have set beside it stay.
 * `Override`: the same, and what kubectl has set beside it goes. `Replace`: what Git does not say goes, whoever
 * has set it. `IfNotPresent`: made where it is missing, and never changed. `Ignore`: neither made nor changed.
 */
export type WriteMode = 'Merge' | 'Override' | 'Replace' | 'IfNotPresent' | 'Ignore';

/** What becomes of the objects that a deleted one owns. */
export type Propagation = 'Foreground' | 'Background' | 'Orphan';

/** What Git says in the annotations of one object about how it is synced; what is left out is as the Application says. */
export interface ObjectOptions {
  /** Default `Merge`. */
  readonly write?: WriteMode;
  /** Delete it and make it anew where it is there and the server refuses the change. */
  readonly recreate?: boolean;
  /** What becomes of fields that another manager owns: taken over, or told as an error. */
  readonly conflicts?: 'Force' | 'Report';
  /** For its own deletion. */
  readonly propagation?: Propagation;
  /** What becomes of it where its kind is not there. */
  readonly missingKind?: 'Fail' | 'Wait';
  /** What becomes of it where it is no longer as it was left. `Ignore`: nothing, and nobody is told. */
  readonly drift?: DriftPolicy | 'Ignore';
}

/** Options that say nothing. */
export const noOptions: ObjectOptions = {};

/** Plumbline's own annotations for how an object is synced; each goes before those of others. */
export const optionNames = {
  /** `Merge`, `Override`, `Replace` or `IfNotPresent`. */
  write: 'plumbline.dev/write',
  /** `true`: neither made, changed nor pruned. */
  ignore: 'plumbline.dev/ignore',
  recreate: 'plumbline.dev/recreate',
  /** `force` or `report`. */
  conflicts: 'plumbline.dev/conflicts',
  /** `foreground`, `background` or `orphan`. */
  propagation: 'plumbline.dev/propagation',
  /** `wait` or `fail`. */
  missingKind: 'plumbline.dev/missing-kind',
  /** `revert`, `report` or `ignore`. */
  drift: 'plumbline.dev/drift',
} as const;

const fluxKinds = '.toolkit.fluxcd.io/';
const fluxHelm = 'helm.toolkit.fluxcd.io';

type Annotations = Readonly<Record<string, unknown>>;
type Metadata = Pick<ObjectMeta, 'annotations' | 'labels'> | undefined | null;

const writeModes = new Map<string, WriteMode>(
  (['Merge', 'Override', 'Replace', 'IfNotPresent', 'Ignore'] as const).map((mode) => [mode.toLowerCase(), mode]),
);
/** Of a label and an annotation that say different things, the first of these counts, as in Flux. */
const fluxModes = ['Ignore', 'IfNotPresent', 'Merge', 'Override'] as const;
const propagations = new Map<string, Propagation>(
  (['Foreground', 'Background', 'Orphan'] as const).map((policy) => [policy.toLowerCase(), policy]),
);
const truths = new Map([
  ['true', true],
  ['false', false],
]);
const conflictModes = new Map([
  ['force', 'Force' as const],
  ['report', 'Report' as const],
]);
const driftModes = new Map<string, DriftPolicy | 'Ignore'>(
  (['Revert', 'Report', 'Ignore'] as const).map((mode) => [mode.toLowerCase(), mode]),
);
const missingKindModes = new Map([
  ['wait', 'Wait' as const],
  ['fail', 'Fail' as const],
]);

/**
 * Reads from the annotations of an object how it is to be synced: Plumbline's own first, then those of
 * Argo CD, then those of Flux, which may be labels as well.
 */
export function objectOptionsOf(metadata: Metadata): ObjectOptions {
  const annotations: Annotations = metadata?.annotations ?? {};
  const all: Annotations = { ...metadata?.labels, ...annotations };
  if (!mayHaveOptions(all)) return noOptions;
  const argo = argoOptionsIn(annotations);
  const write = writeModeIn(metadata, argo);
  const recreate = recreateIn(metadata, argo);
  const conflicts = valueIn(conflictModes, annotations[optionNames.conflicts]);
  const propagation =
    valueIn(propagations, annotations[optionNames.propagation]) ??
    valueIn(propagations, argo.get('PrunePropagationPolicy'));
  const missingKind =
    valueIn(missingKindModes, annotations[optionNames.missingKind]) ??
    (valueIn(truths, argo.get('SkipDryRunOnMissingResource')) === true ? 'Wait' : undefined);
  const drift =
    valueIn(driftModes, annotations[optionNames.drift]) ??
    (fluxSays(metadata, 'driftDetection', 'disabled', fluxHelm) ? ('Ignore' as const) : undefined);
  return {
    ...(write === undefined ? {} : { write }),
    ...(recreate === undefined ? {} : { recreate }),
    ...(conflicts === undefined ? {} : { conflicts }),
    ...(propagation === undefined ? {} : { propagation }),
    ...(missingKind === undefined ? {} : { missingKind }),
    ...(drift === undefined ? {} : { drift }),
  };
}

/** Most objects have none of these annotations, and are read with every event. */
function mayHaveOptions(all: Annotations): boolean {
  for (const name in all)
    if (name.startsWith('plumbline.dev/') || name.includes('argoproj') || name.includes(fluxKinds)) return true;
  return false;
}

function writeModeIn(metadata: Metadata, argo: ReadonlyMap<string, string>): WriteMode | undefined {
  const annotations: Annotations = metadata?.annotations ?? {};
  const ignored = valueIn(truths, annotations[optionNames.ignore]);
  if (ignored === true) return 'Ignore';
  const own = valueIn(writeModes, annotations[optionNames.write]);
  if (own !== undefined) return own;
  if (ignored === undefined && fluxSays(metadata, 'reconcile', 'disabled')) return 'Ignore';
  const replace = valueIn(truths, argo.get('Replace'));
  if (replace !== undefined) return replace ? 'Replace' : 'Merge';
  return fluxModes.find((mode) => fluxSays(metadata, 'ssa', mode));
}

function recreateIn(metadata: Metadata, argo: ReadonlyMap<string, string>): boolean | undefined {
  const own = valueIn(truths, metadata?.annotations?.[optionNames.recreate]) ?? valueIn(truths, argo.get('Force'));
  if (own !== undefined) return own;
  return fluxSays(metadata, 'force', 'enabled') ? true : undefined;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value.trim().toLowerCase() : undefined;
}

function valueIn<T>(values: ReadonlyMap<string, T>, value: unknown): T | undefined {
  return values.get(textIn(value) ?? '');
}

/** What is known of an annotation: the values that it may have. */
const known: ReadonlyMap<string, readonly string[]> = new Map([
  [optionNames.write, ['Merge', 'Override', 'Replace', 'IfNotPresent', 'Ignore']],
  [optionNames.ignore, ['true', 'false']],
  [optionNames.recreate, ['true', 'false']],
  [optionNames.conflicts, ['force', 'report']],
  [optionNames.propagation, ['foreground', 'background', 'orphan']],
  [optionNames.missingKind, ['wait', 'fail']],
  [optionNames.drift, ['revert', 'report', 'ignore']],
  ['plumbline.dev/health', ['ignore']],
  ['argocd.argoproj.io/ignore-healthcheck', ['true', 'false']],
  ['plumbline.dev/prune', ['enabled', 'disabled', 'confirm']],
  ['plumbline.dev/delete', ['enabled', 'disabled', 'confirm']],
  ['plumbline.dev/prune-last', ['true', 'false']],
  [`${flux}/ssa`, ['Merge', 'Override', 'IfNotPresent', 'Ignore']],
  [`${flux}/prune`, ['enabled', 'disabled']],
  [`${flux}/force`, ['enabled', 'disabled']],
  [`${flux}/reconcile`, ['enabled', 'disabled']],
  [`${fluxHelm}/driftDetection`, ['enabled', 'disabled']],
  ['helm.sh/resource-policy', ['keep']],
]);

/** What in the annotations of an object is no option, or none that has an effect here; one sentence for each. */
export function optionWarnings(metadata: Metadata): readonly string[] {
  const annotations: Annotations = metadata?.annotations ?? {};
  if (!mayHaveOptions({ ...metadata?.labels, ...annotations }) && annotations['helm.sh/resource-policy'] === undefined)
    return [];
  const warnings: string[] = [];
  for (const [name, values] of known) {
    const value = annotations[name] ?? (name.includes(fluxKinds) ? metadata?.labels?.[name] : undefined);
    if (value === undefined || values.some((one) => one.toLowerCase() === textIn(value))) continue;
    warnings.push(`${name} knows no ${JSON.stringify(value)}: it may be ${values.join(', ')}`);
  }
  for (const [name, value] of argoOptionsIn(annotations)) {
    const warning = argoOptionWarning(name, value);
    if (warning !== undefined) warnings.push(warning);
  }
  warnings.push(...comparisonWarnings(annotations), ...healthWarnings(annotations));
  return warnings;
}
