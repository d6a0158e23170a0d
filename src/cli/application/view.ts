import type { KubeObject } from '../../object.ts';

/** A condition as it stands in a status. */
export interface ConditionView {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** One sync of the history. */
export interface HistoryView {
  /** That of each source, with commas between them. */
  readonly revision: string;
  readonly at: string;
  readonly by: string;
  readonly outcome: string;
  readonly changed: number;
  readonly pruned: number;
  readonly failed: number;
  /** Who had changed what was put back. */
  readonly drift: readonly DriftView[];
}

/** Who changed what of one object, as the status has it. */
export interface DriftView {
  readonly object: string;
  readonly manager: string | undefined;
  readonly operation: string | undefined;
  readonly at: string | undefined;
  readonly fields: readonly string[];
}

/** What came of a request. */
export interface RequestView {
  readonly id: string;
  readonly outcome: string;
  readonly message: string;
}

/** What the sync windows of an Application let happen. */
export interface WindowView {
  readonly open: boolean;
  /** When that changes. */
  readonly changesAt: string | undefined;
}

/** One source of an Application. */
export interface SourceView {
  readonly name: string;
  readonly repository: string;
  /** Empty for a source that only lends its files. */
  readonly path: string;
}

/** What an Application is synced after. */
export interface DependencyView {
  readonly name: string;
  readonly namespace: string;
  /** In CEL; empty where there is none. */
  readonly condition: string;
}

/**
 * What the commands show of an Application. Read leniently, field by field: a newer controller may write
 * what this version does not know, and showing what is there beats refusing all of it.
 */
export interface ApplicationView {
  readonly object: KubeObject;
  readonly namespace: string;
  readonly name: string;
  readonly created: string | undefined;
  readonly deleting: boolean;
  readonly suspended: boolean;
  readonly sources: readonly SourceView[];
  /** What it is synced after. */
  readonly dependsOn: readonly DependencyView[];
  readonly destination: string;
  /** That of each source, with commas between them. */
  readonly revision: string;
  readonly health: string;
  readonly objects: number | undefined;
  readonly drifted: number;
  /** How often an object was put back. */
  readonly reverted: number;
  readonly syncedAt: string | undefined;
  readonly generation: number;
  readonly observedGeneration: number;
  readonly handledRequest: string | undefined;
  readonly handledSyncRequest: string | undefined;
  /** What came of the last request for a sync or a stop. */
  readonly request: RequestView | undefined;
  /** What the sync windows let happen, where there are any. */
  readonly window: WindowView | undefined;
  readonly conditions: readonly ConditionView[];
  readonly history: readonly HistoryView[];
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function conditionView(value: Fields): ConditionView {
  return {
    type: text(value['type']),
    status: text(value['status']),
    reason: text(value['reason']),
    message: text(value['message']),
    lastTransitionTime: text(value['lastTransitionTime']),
  };
}

function revisionsOf(value: Fields): string {
  const { revisions } = value;
  return Array.isArray(revisions) ? revisions.map(text).join(',') : text(value['revision']);
}

function sourceView(source: Fields, path: string): SourceView {
  return {
    name: text(source['name']),
    repository: text(fields(source['repositoryRef'])['name']),
    path: text(source['path']) || path,
  };
}

/** The Repositories that an Application reads, each once. */
export function repositoriesOf({ sources }: Pick<ApplicationView, 'sources'>): readonly string[] {
  return [...new Set(sources.map(({ repository }) => repository))];
}

function historyView(value: Fields): HistoryView {
  return {
    revision: revisionsOf(value),
    at: text(value['at']),
    by: [text(value['by']), text(value['requestedBy'])].filter((part) => part !== '').join(' by '),
    outcome: text(value['outcome']),
    changed: number(value['changed']),
    pruned: number(value['pruned']),
    failed: number(value['failed']),
    drift: list(value['drift']).map(driftView),
  };
}

function driftView(value: Fields): DriftView {
  const { fields: names } = value;
  return {
    object: text(value['object']),
    manager: optionalText(value['manager']),
    operation: optionalText(value['operation']),
    at: optionalText(value['at']),
    fields: Array.isArray(names) ? names.map(text) : [],
  };
}

function requestView(value: unknown): RequestView | undefined {
  const { id, outcome, message } = fields(value);
  return id === undefined ? undefined : { id: text(id), outcome: text(outcome), message: text(message) };
}

function windowView(value: unknown): WindowView | undefined {
  const { open, changesAt } = fields(value);
  return open === undefined ? undefined : { open: open === true, changesAt: optionalText(changesAt) };
}

/** The sync windows in a few words; empty where there are none. */
export function describeWindow({ window }: Pick<ApplicationView, 'window'>): string {
  if (window === undefined) return '';
  const { open, changesAt } = window;
  return `${open ? 'open' : 'closed'}${changesAt === undefined ? '' : ` until ${changesAt}`}`;
}

/** What the commands show of an Application. */
export function viewApplication(object: KubeObject): ApplicationView {
  const { metadata } = object;
  const spec = fields(object['spec']);
  const status = fields(object['status']);
  const sources =
    spec['sources'] === undefined
      ? [sourceView(fields(spec['source']), '.')]
      : list(spec['sources']).map((source) => sourceView(source, ''));
  const synced = fields(status['synced']);
  return {
    object,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    created: metadata.creationTimestamp,
    deleting: metadata.deletionTimestamp !== undefined,
    suspended: spec['suspend'] === true,
    sources,
    dependsOn: list(spec['dependsOn']).map((entry) => ({
      name: text(entry['name']),
      namespace: text(entry['namespace']) || (metadata.namespace ?? ''),
      condition: text(entry['condition']),
    })),
    destination: text(fields(spec['destination'])['namespace']) || (metadata.namespace ?? ''),
    revision: revisionsOf(status),
    health: text(status['health']),
    objects: typeof synced['objects'] === 'number' ? synced['objects'] : undefined,
    drifted: number(fields(status['drift'])['objects']),
    reverted: number(fields(status['drift'])['reverted']),
    syncedAt: optionalText(synced['at']),
    generation: metadata.generation ?? 0,
    observedGeneration: number(status['observedGeneration']),
    handledRequest: optionalText(status['handledRequest']),
    handledSyncRequest: optionalText(status['handledSyncRequest']),
    request: requestView(status['request']),
    window: windowView(status['window']),
    conditions: list(status['conditions']).map(conditionView),
    history: list(status['history']).map(historyView),
  };
}

/** The condition of a type, if the status has it. */
export function conditionOf(view: ApplicationView, type: string): ConditionView | undefined {
  return view.conditions.find((condition) => condition.type === type);
}

/** `Synced`, `OutOfSync` or `Unknown`, in the field's words. */
export function syncState(view: ApplicationView): 'Synced' | 'OutOfSync' | 'Unknown' {
  const status = conditionOf(view, 'Synced')?.status;
  if (status === 'True') return 'Synced';
  return status === 'False' ? 'OutOfSync' : 'Unknown';
}

/** True where the cluster is as Git says and is well. */
export function isSyncedAndHealthy(view: ApplicationView): boolean {
  return (
    view.observedGeneration === view.generation &&
    ['Ready', 'Synced', 'Healthy'].every((type) => conditionOf(view, type)?.status === 'True')
  );
}
