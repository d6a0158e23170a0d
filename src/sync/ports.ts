import type { KubeObject, ObjectKey } from '../object.ts';

/** What a call that may take time is given. */
export interface CallOptions {
  /** Ends the call. */
  readonly signal: AbortSignal;
}

/** What names a kind: without a version, the one that the server prefers. */
export interface KindRef {
  /** API group, empty for the core group. */
  readonly group: string;
  readonly version?: string;
  readonly kind: string;
}

/** A kind as the API server serves it. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The name in the URL: `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** A kind, with what may be done to it. */
export interface ListedResource extends ApiResource {
  /** `list`, `delete`, … */
  readonly verbs: readonly string[];
  /** True at the version that the server prefers for this kind. */
  readonly preferred: boolean;
}

/** What names one object for a call. */
export interface ObjectRef extends ObjectKey {
  /** The version that it is read at; the one that the server prefers where left out. */
  readonly apiVersion?: string;
}

/** How an object is applied. */
export interface ApplyOptions extends CallOptions {
  /** The field manager in whose name the fields are owned. */
  readonly fieldManager: string;
  /** Takes fields over that another manager owns, instead of failing with a conflict. */
  readonly force: boolean;
  /** Asks the server to do all but store it. */
  readonly dryRun: boolean;
  /** Fields that the kind does not have are an error. */
  readonly fieldValidation: 'Strict';
}

/** How an object is made, or put in the place of another. */
export interface CreateOptions extends CallOptions {
  readonly fieldManager: string;
  /** Asks the server to do all but store it. */
  readonly dryRun: boolean;
  /** Fields that the kind does not have are an error. */
  readonly fieldValidation: 'Strict';
}

/** How an object is deleted. */
export interface DeleteOptions extends CallOptions {
  /** What becomes of the objects that it owns. */
  readonly propagation: 'Foreground' | 'Background' | 'Orphan';
  /** Deletes this very object and no later one of the same name. */
  readonly preconditions: { readonly uid: string };
  readonly dryRun: boolean;
}

/** What became of a deletion. */
export type DeleteResult =
  | { readonly state: 'gone' }
  /** Finalizers, pods or a grace period hold it. */
  | { readonly state: 'deleting'; readonly object: KubeObject };

/** What is listed. */
export interface ListOptions extends CallOptions {
  /** All namespaces where left out. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** Asks for the metadata of the objects and nothing else. */
  readonly metadataOnly?: boolean;
  /** Objects a page. */
  readonly chunk?: number;
}

/**
 * The part of a Kubernetes client that a sync needs; the client of the room kube has it. Every failure is
 * thrown as a `PlumbError` whose problems name the object and, where the server told, the field.
 */
export interface SyncCluster {
  readonly discovery: {
    /** The kind; throws where none is served. */
    resource(kind: KindRef, options: CallOptions): Promise<ApiResource>;
    /** What is known of the kind now, without a call. */
    find(kind: KindRef): ApiResource | undefined;
    /** Every kind at every version. */
    resources(options: CallOptions): Promise<readonly ListedResource[]>;
    /** APIs whose server does not answer, as `group/version`: what they have is not known. */
    readonly unavailable: readonly string[];
    /** Reads everything anew. */
    refresh(options: CallOptions): Promise<void>;
  };
  /** The object, or undefined where there is none. */
  get(ref: ObjectRef, options: CallOptions): Promise<KubeObject | undefined>;
  /** Objects of one kind, page by page. */
  list(kind: KindRef, options: ListOptions): AsyncIterable<KubeObject>;
  /** Server-side apply; answers with the object as it is, or with dryRun would be, stored. */
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** Makes an object that must not be there yet. */
  create(object: KubeObject, options: CreateOptions): Promise<KubeObject>;
  /** Puts it in the place of what is there at its resourceVersion. */
  update(object: KubeObject, options: CreateOptions): Promise<KubeObject>;
  /** Changes the fields that the patch names. */
  patch(ref: ObjectRef, patch: unknown, options: CallOptions & { readonly type: 'merge' }): Promise<KubeObject>;
  /** Deletes; an object that is not there is `gone`. */
  delete(ref: ObjectRef, options: DeleteOptions): Promise<DeleteResult>;
}
