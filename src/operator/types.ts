import type { KindRef, KubeClient } from '../kube/index.ts';
import type { KubeObject, ObjectKey, ObjectMeta } from '../object.ts';

/** A custom resource as an operator sees it: it lives in a namespace and has been stored. */
export interface CustomResource<Spec = unknown, Status extends object = object> extends KubeObject {
  readonly metadata: ObjectMeta & {
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
  };
  readonly spec: Spec;
  /** What the workers last told, beside what the SDK keeps there itself: see `OperatorStatus`. */
  readonly status?: Partial<Status> & OperatorStatus;
}

/** What the SDK keeps in the status of every resource. */
export interface OperatorStatus {
  /** The phase that the resource is in. */
  readonly phase?: string;
  /** The `metadata.generation` that the last finished turn has seen. */
  readonly observedGeneration?: number;
  /** `Ready`, `Reconciling` and `Stalled` after kstatus; `Synced` where a phase has written to Git. */
  readonly conditions?: readonly Condition[];
  /** The last write to Git. */
  readonly gitSync?: GitSyncStatus;
}

/** One observation about a resource, after the Kubernetes API conventions. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

/** A write to Git, so that it is known what became of it whenever the operator ends. */
export interface GitSyncStatus {
  /** Names the write; the commit bears it as its trailer `Plumbline-Operation`. */
  readonly operation: string;
  /**
   * `Pending`: decided, and perhaps pushed. `PullRequestOpen`: waits for the merge. `Committed`: waits until the cluster
   * has the objects. `Synced`: the cluster has them.
   */
  readonly state: 'Pending' | 'PullRequestOpen' | 'Committed' | 'Synced';
  /** Full id of the commit; missing where nothing had to be committed, or it is not known yet. */
  readonly commit?: string;
  readonly pullRequest?: { readonly number: number; readonly link: string };
  /** Of the resource, when its phase decided so. */
  readonly generation: number;
  /** Where the resource goes when the cluster has the objects. */
  readonly nextPhase?: string;
  /** What the worker told for its status, to be written then. */
  readonly status?: Readonly<Record<string, unknown>>;
  /** After how many milliseconds the next phase is asked again. */
  readonly after?: number;
  /** The objects that were written, until the cluster has them. */
  readonly objects?: readonly WrittenObject[];
}

/** An object that was written to Git. */
export interface WrittenObject extends ObjectKey {
  readonly apiVersion: string;
  /** Fields that the commit took out of it: they are waited for, too. */
  readonly gone?: readonly (readonly string[])[];
}

/** Structured lines about what an operator does; never a secret. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** What a worker works with, besides its resource and its inputs. */
export interface Context {
  /** Aborted when the operator ends or loses its Lease: pass it to everything that waits. */
  readonly signal: AbortSignal;
  /** With the rights of the operator, for what inputs and outputs do not cover. */
  readonly client: KubeClient;
  readonly log: Log;
  now(): Date;
  /** Writes an Event about the resource, once for each thing that happens. */
  event(reason: string, message: string, type?: 'Normal' | 'Warning'): void;
}

/** What a worker wants to be so. */
export interface Outputs {
  /**
   * Objects as they shall be. One that the worker made is written as a whole and belongs to the resource. Of one that it
   * was given as an input and changed, the changes alone are written, and only where nobody else was quicker.
   */
  readonly objects?: readonly KubeObject[];
  /** Objects that shall not be any more. */
  readonly removed?: readonly Removed[];
  /** True: all of it becomes one commit in Git, where the configuration of the operator enables that. */
  readonly syncToGit?: boolean;
  /** One word or two for the commit, such as `Canary promoted`; the name of the phase where left out. */
  readonly action?: string;
  /** For people: why it is changed. */
  readonly message?: string;
}

/** Names an object to remove; it lies in the namespace of the resource where it names none. */
export interface Removed {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** What a worker answers. */
export interface SyncResult<Name extends string = string, Status extends object = object> {
  /** Nothing is written where left out. */
  readonly outputs?: Outputs;
  /** Where the resource goes when the outputs are written and, from Git, are in the cluster. May be the same phase. */
  readonly nextPhase: Name;
  /** Fields of the status to set; `undefined` takes one away, and what is not named stays. */
  readonly status?: Partial<Status>;
  /** Milliseconds after which the next phase is asked again, if nothing happens before. */
  readonly after?: number;
}

/** Reads one input of a phase. */
export interface Input<Resource extends CustomResource, Value> {
  /** The kind of objects that it reads, so that their changes wake the resources that are in the phase. */
  readonly kind?: KindRef;
  /** The name of the resource, in the namespace of the object, that an object is about; any where left out. */
  readonly resourceOf?: (object: KubeObject) => string | undefined;
  readonly read: (resource: Resource, source: InputSource) => Value | Promise<Value>;
}

/** Where inputs come from. */
export interface InputSource {
  /** The objects of a kind in a namespace, from the watch; frozen. */
  objects(kind: KindRef, namespace: string): readonly KubeObject[];
  readonly signal: AbortSignal;
}

/** One phase of an operator. */
export interface Phase<Resource extends CustomResource, Name extends string> {
  /** For people. */
  readonly description?: string;
  /** A resting phase: nothing is done in it until the spec of the resource changes, which leads to the initial phase. */
  readonly final?: boolean;
  readonly inputs: Readonly<Record<string, Input<Resource, unknown>>>;
  readonly sync: (
    context: Context,
    resource: Resource,
    inputs: Readonly<Record<string, unknown>>,
  ) => Promise<SyncResult<Name, StatusOf<Resource>>>;
}

/** The part of the status of a resource that its workers tell. */
export type StatusOf<Resource> = Resource extends CustomResource<unknown, infer Status> ? Status : never;

/** An operator: what it looks after, and what it does in which phase. */
export interface Operator<Resource extends CustomResource = CustomResource, Name extends string = string> {
  /** Names its Lease, its Events and the fields that it owns: `canary-operator`. */
  readonly name: string;
  readonly kind: KindRef;
  /** Sees that a stored resource is one; what it throws is told in its conditions, and the resource is left alone. */
  readonly parse: (object: KubeObject) => Resource;
  readonly phases: Readonly<Record<Name, Phase<Resource, Name>>>;
  /** Where a new resource begins. */
  readonly initialPhase: Name;
  /**
   * What is done before a deleted resource goes; a finalizer holds it until then. Where left out, what the resource owns
   * in the cluster is left to the garbage collector, and what it wrote to Git stays.
   */
  readonly finalize?: Phase<Resource, Name>;
}
