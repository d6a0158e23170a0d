const annotation = 'argocd.argoproj.io/sync-options';

/**
 * The options of Argo CD that an object carries: names with their values, `Prune` with `false`. Of one that stands there
 * twice the more careful value counts: `false`, then `confirm`, then the first.
 */
export function argoOptionsIn(annotations: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const text = annotations[annotation];
  const options = new Map<string, string>();
  if (typeof text !== 'string') return options;
  for (const part of text.split(',')) {
    const option = part.trim();
    if (option === '') continue;
    const at = option.indexOf('=');
    const name = at === -1 ? option : option.slice(0, at).trim();
    const value = at === -1 ? '' : option.slice(at + 1).trim();
    const before = options.get(name);
    if (before === undefined || careOf(value) > careOf(before)) options.set(name, value);
  }
  return options;
}

function careOf(value: string): number {
  return ['confirm', 'false'].indexOf(value.toLowerCase());
}

const truths = ['true', 'false'];

/** Options that have an effect on an object, with what each may be. */
const effective: ReadonlyMap<string, readonly string[]> = new Map([
  ['Prune', ['true', 'false', 'confirm']],
  ['PruneLast', truths],
  ['PrunePropagationPolicy', ['foreground', 'background', 'orphan']],
  ['Delete', ['true', 'false', 'confirm']],
  ['Replace', truths],
  ['Force', truths],
  ['SkipDryRunOnMissingResource', truths],
]);

/** Options that ask for what is done anyway. */
const granted: ReadonlySet<string> = new Set([
  'ServerSideApply=true',
  'Validate=true',
  'ApplyOutOfSyncOnly=true',
  'RespectIgnoreDifferences=true',
]);

/** Options of whole Applications, with the field of `spec.sync` that is their counterpart. */
const ofApplications: ReadonlyMap<string, string> = new Map([
  ['CreateNamespace', 'createNamespace'],
  ['FailOnSharedResource', 'sharedObjects'],
]);

/** Options without an effect, and why. */
const effectless: ReadonlyMap<string, string> = new Map([
  ['ServerSideApply', 'objects are always applied by the server'],
  ['Validate', 'fields that a kind does not have are always refused'],
  ['ApplyOutOfSyncOnly', 'only what differs is ever applied'],
  ['ClientSideApplyMigration', 'what kubectl has set goes with `plumbline.dev/write: Override`'],
  ['RespectIgnoreDifferences', 'what is ignored in a comparison is never applied either'],
]);

/** Why an option has no effect here; undefined where it has, or where what it asks for is done anyway. */
export function argoOptionWarning(name: string, value: string): string | undefined {
  const values = effective.get(name);
  const option = value === '' ? name : `${name}=${value}`;
  if (values !== undefined) {
    if (values.includes(value.toLowerCase())) return undefined;
    return `${annotation}: ${option}: ${name} may be ${values.join(', ')}`;
  }
  if (granted.has(`${name}=${value.toLowerCase()}`)) return undefined;
  const field = ofApplications.get(name);
  if (field !== undefined) {
    return `${annotation}: ${option} has no effect on an object; it is \`spec.sync.${field}\` of the Application`;
  }
  if (effectless.has(name)) return `${annotation}: ${option} has no effect: ${effectless.get(name) ?? ''}`;
  return `${annotation}: ${option} is no known option`;
}

/** Of `argocd.argoproj.io/compare-options`: what is done anyway, since an object that is left over never counts as a difference. */
const comparisons: ReadonlySet<string> = new Set([
  'IgnoreExtraneous',
  'IncludeMutationWebhook=true',
  'ServerSideDiff=true',
]);

/** What in `argocd.argoproj.io/compare-options` has no effect here. */
export function comparisonWarnings(annotations: Readonly<Record<string, unknown>>): readonly string[] {
  const text = annotations['argocd.argoproj.io/compare-options'];
  if (typeof text !== 'string') return [];
  return text
    .split(',')
    .map((option) => option.trim())
    .filter((option) => option !== '' && !comparisons.has(option))
    .map((option) => `argocd.argoproj.io/compare-options: ${option} has no effect: objects are compared by the server`);
}
