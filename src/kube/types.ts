import type { PlumbError } from '../errors.ts';
import type { KubeObject, ObjectKey } from '../object.ts';
import type { Flow, Priority } from './flow.ts';

/** What `resource` needs to find a kind; without a version, the one that the server prefers. */
export interface KindRef {
  /** API group, empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly version?: string;
}

/** A kind as the API server serves it at one version. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Name in the URL: `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** What the server offers: `get`, `list`, `watch`, `patch`, … */
  readonly verbs: readonly string[];
  /** Names of subresources: `status`, `scale`. */
  readonly subresources: readonly string[];
  /** True at the version that the server prefers for this kind. */
  readonly preferred: boolean;
  /** `apps/v1`, `v1`. */
  readonly apiVersion: string;
}

/** Names one object; `apiVersion` chooses the version it is read at. */
export interface ObjectRef extends ObjectKey {
  /** The version the server prefers, where left out. */
  readonly apiVersion?: string;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Who goes first when the server can take no more: `normal` where left out. */
  readonly priority?: Priority;
  /** Milliseconds to go on trying while the server is away or asks to wait; the client's own where left out. */
  readonly patience?: number;
}

/** What every call that writes takes. */
export interface WriteOptions extends CallOptions {
  /** Name under which the server records who owns the fields. */
  readonly fieldManager?: string;
  /** The server does everything but store the result. */
  readonly dryRun?: boolean;
  /** What the server does with fields it does not know; its own default (`Warn`) where left out. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** Told each warning that the server sends along, as kubectl would print it. */
  readonly onWarning?: (text: string) => void;
}

/** What server-side apply takes. */
export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Takes over fields that other managers own, instead of `kube.conflict`. */
  readonly force?: boolean;
  /** `status`, say: writes that part alone. */
  readonly subresource?: string;
}

/** What `patch` takes. */
export interface PatchOptions extends WriteOptions {
  readonly type: 'merge' | 'json' | 'apply';
  readonly subresource?: string;
  readonly force?: boolean;
}

/** What `delete` takes. */
export interface DeleteOptions extends CallOptions {
  /** What becomes of the objects that this one owns; the server's default where left out. */
  readonly propagation?: 'Foreground' | 'Background' | 'Orphan';
  /** Deletes only this very object; another of the same name is `kube.stale`. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

/** What became of a `delete`. */
export type DeleteResult =
  /** It is not there any more, or was not there before. */
  | { readonly state: 'gone' }
  /** It is going: finalizers, pods or a grace period hold it. */
  | { readonly state: 'deleting'; readonly object: KubeObject };

/** What `list` takes. */
export interface ListOptions extends CallOptions {
  /** All namespaces where left out. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects a page; 500 where left out. */
  readonly chunk?: number;
  /** Asks for the metadata of the objects and nothing else: the content of Secrets, say, never comes here. */
  readonly metadataOnly?: boolean;
}

/** The objects of a list, read page by page while they are iterated. */
export interface ObjectList extends AsyncIterable<KubeObject> {
  /** State of the cluster that the list shows; known after the first object, or the end of an empty list. */
  readonly resourceVersion: string | undefined;
}

/** A user to act as. An empty name is refused: nothing falls back to the rights of Plumbline itself. */
export interface User {
  readonly username: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** A request by path, for what has no verb of its own here. */
export interface RawRequest extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path on the server, already escaped: `/readyz`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** True where sending it twice does no harm; all but POST and PATCH where left out. */
  readonly idempotent?: boolean;
  /** For the counters; the method where left out. */
  readonly verb?: string;
  /** Named in problems. */
  readonly object?: ObjectKey;
  readonly onWarning?: (text: string) => void;
}

/** The answer to a raw request that the server fulfilled; any other is thrown. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  /** The body as JSON; `kube.protocol` where it is none. */
  json(): unknown;
}

/** A request whose answer comes in pieces for as long as it goes on: a watch, a log. */
export interface StreamRequest {
  readonly path: string;
  readonly query?: RawRequest['query'];
  readonly signal: AbortSignal;
  /** For the counters: `watch` where left out. */
  readonly verb?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Named in problems. */
  readonly object?: ObjectKey;
  /** Ends the stream with `stalled` after so many milliseconds without a byte; 0 waits for ever. */
  readonly idleTimeout: number;
  /** The server has agreed; bytes follow. */
  readonly onOpen?: () => void;
  /** Called in order, never at the same time; what it throws ends the stream. */
  readonly onData: (chunk: Buffer) => void;
}

/** How a stream ended that its signal did not end. */
export type StreamEnd =
  /** The server ended it in order. */
  | { readonly state: 'ended' }
  /** No byte came for `idleTimeout`. */
  | { readonly state: 'stalled' }
  /** It was refused or broke; `wait` are the milliseconds that the server asks to wait. */
  | { readonly state: 'failed'; readonly error: PlumbError; readonly wait?: number };

/** Counts since the client was made; shared with its impersonating clients. */
export interface Counters {
  /** Requests sent, by verb in the API server's words: `get`, `list`, `watch`, `apply`, `create`, `patch`, … */
  readonly requests: Readonly<Record<string, number>>;
  /** How they were answered, by verb and then by status code; `error` where no answer came. A watch counts when it is let in. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Answers 429. */
  readonly throttled: number;
  /** Attempts after the first. */
  readonly retried: number;
}

/** What kinds the server has. Read once, in two calls, and again when a kind is missing. */
export interface Discovery {
  /** The kind, or `kube.no-such-kind`, or `kube.api-unavailable` where an API that is down may have it. */
  resource(kind: KindRef, options?: CallOptions): Promise<Resource>;
  /** What is known of the kind now, without a call. */
  find(kind: KindRef): Resource | undefined;
  /** Every kind at every version. */
  resources(options?: CallOptions): Promise<readonly Resource[]>;
  /** `v1`, `apps/v1`, `apps/v1/Deployment`, …: what Helm calls capabilities. */
  apiVersions(options?: CallOptions): Promise<readonly string[]>;
  /** Groups whose API server does not answer, as `group/version`. */
  readonly unavailable: readonly string[];
  /** Reads everything anew: after a CustomResourceDefinition was established, say. */
  refresh(options?: CallOptions): Promise<void>;
  /** What is known has proved wrong: it is read anew at the next question. */
  forget(): void;
}

/** A Kubernetes API server, as one user sees it. Every failure is a PlumbError with `kube.*` codes. */
export interface KubeClient {
  /** URL of the server. */
  readonly server: string;
  /** Namespace of the kubeconfig's context, `default` where it names none. */
  readonly namespace: string;
  readonly discovery: Discovery;
  readonly counters: Counters;
  readonly flow: Pick<Flow, 'limit' | 'running' | 'waiting'>;
  /** Asked once, then remembered. */
  version(options?: CallOptions): Promise<{ readonly gitVersion: string }>;
  /** The object, or undefined where it is not there. */
  get(ref: ObjectRef, options?: CallOptions): Promise<KubeObject | undefined>;
  list(kind: KindRef, options?: ListOptions): ObjectList;
  /** Server-side apply; answers with the object as stored. Repeating it changes nothing. */
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** Is not repeated once it may have reached the server. */
  create(object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** Replaces the object; `kube.stale` where its resourceVersion is not the newest. */
  update(object: KubeObject, options?: WriteOptions & { readonly subresource?: string }): Promise<KubeObject>;
  patch(ref: ObjectRef, patch: unknown, options: PatchOptions): Promise<KubeObject>;
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<DeleteResult>;
  request(request: RawRequest): Promise<RawAnswer>;
  /** Streams are not counted by flow control and not repeated. */
  stream(request: StreamRequest): Promise<StreamEnd>;
  /** The same server and connections, with the rights of another user. */
  as(user: User): KubeClient;
  /** Ends all connections; calls under way fail. Closes impersonating clients too. */
  close(): Promise<void>;
}
