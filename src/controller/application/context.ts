import type { Application, Source } from '../../api/index.ts';
import type { Problem } from '../../errors.ts';
import type { EventRecorder, KubeClient } from '../../kube/index.ts';
import type { ReadRecord, Renderer } from '../../render/index.ts';
import type { SyncView } from '../../sync/index.ts';
import type { ApplicationState, RenderedWell } from './application-state.ts';
import type { Claim } from './applications.ts';
import type { CompleteChart } from '../rendering/complete-chart.ts';
import type { DeletionLimits } from '../deletion/deletion-limits.ts';
import type { Holders } from '../deletion/holders.ts';
import type { DependencySide } from '../depends/await-dependencies.ts';
import type { Explainer } from '../health/explainer.ts';
import type { Feedback } from '../forge/feedback.ts';
import type { RuleBook } from '../health/health-rules.ts';
import type { IgnoreBook } from '../drift/ignore-rules.ts';
import type { Log } from '../log.ts';
import type { Members } from './members.ts';
import type { MissingKinds } from '../syncing/missing-kinds.ts';
import type { Observer } from '../observer.ts';
import type { Origin, Version } from '../rendering/origin.ts';
import type { RenderEnvironment } from '../rendering/render-request.ts';

/** What is known of the commits that an Application shall be at. */
export type ApplicationSource =
  | { readonly state: 'pending'; readonly message: string }
  | { readonly state: 'failed'; readonly problems: readonly [Problem, ...Problem[]] }
  | ReadySource;

/** The version of each source that an Application shall be at, in their order. */
export interface ReadySource {
  readonly state: 'ready';
  readonly parts: readonly [SourcePart, ...SourcePart[]];
}

/** One source of an Application, with the version that it shall be at. */
export interface SourcePart {
  readonly source: Source;
  readonly origin: Origin;
  readonly version: Version;
  /** Repository and reference in one text: those who share it move together. */
  readonly group: string;
  /** URL of the repository, for messages. */
  readonly url: string;
  /** Finds the charts that a chart of it needs; where it is not given, they have to lie beside it. */
  readonly completeChart?: CompleteChart;
  /** Why it is not at the newest version, where that is not accepted. */
  readonly note?: string;
}

/** One look at an Application that has been rendered: what is desired, what is there, and the means to act. */
export interface Turn {
  readonly state: ApplicationState;
  readonly source: ReadySource;
  readonly rendered: RenderedWell;
  readonly view: SyncView;
  readonly context: ReconcileContext;
  readonly signal: AbortSignal;
}

/** What the renders of an Application looked at, by the group of the source (`SourcePart.group`). */
export type GroupReads = ReadonlyMap<string, ReadRecord>;

/** What the reconciliation of one Application may use. */
export interface ReconcileContext {
  readonly client: KubeClient;
  readonly members: Members;
  /** Finds out why objects are not well. */
  readonly explainer: Explainer;
  /** The rules of health that Applications bring along. */
  readonly ruleBook: Pick<RuleBook, 'update' | 'problemsOf' | 'judgeFor'>;
  /** What Applications leave to others in their objects. */
  readonly ignoreBook: Pick<IgnoreBook, 'update' | 'installation'>;
  readonly renderer: Renderer;
  readonly events: EventRecorder;
  readonly feedback: Pick<Feedback, 'tell'>;
  readonly log: Log;
  /** Folder-independent name under which the fields of all objects are owned. */
  readonly fieldManager: string;
  /** Version of Plumbline, for the tooling annotation. */
  readonly version: string;
  /** The sources at what the Application follows, or at other commits, with commas between them. */
  readonly sourceOf: (application: Application, revision?: string) => Promise<ApplicationSource>;
  readonly environment: (signal: AbortSignal) => Promise<RenderEnvironment>;
  /** The seed of the random values of one Application. */
  readonly seedOf: (id: string) => Uint8Array;
  /** Tells when a kind comes that an Application misses. */
  readonly missingKinds: MissingKinds;
  /** Who depends on whom, and how those stand. */
  readonly dependencies: DependencySide;
  /** Remembers what a render looked at, so that a commit that touches none of it is not looked at again. */
  readonly recordReads: (id: string, reads: GroupReads) => void;
  /** Remembers which live objects it wants that belong to others, so that it is looked at when one of them goes. */
  readonly recordClaims: (id: string, objects: readonly Claim[]) => void;
  /** Who wants objects that this ApplySet has, one line for each of those Applications. */
  readonly claimsOn: (applySet: string) => readonly string[];
  /** The Application behind an ApplySet, for messages; undefined where it is none of this controller's. */
  readonly ownerName: (applySet: string) => string | undefined;
  /** Told when the status of an Application has become another one. */
  readonly onStatus: (id: string) => void;
  /** Has the drift of an Application written to Git, away from its own worker. */
  readonly writeCapture: (id: string) => void;
  /** Looks at the Application again after so many milliseconds. */
  readonly requeue: (id: string, milliseconds: number) => void;
  /** What of others keeps a namespace or a definition that is to be pruned. */
  readonly holders: Pick<Holders, 'follow'>;
  /** How many deletions an Application may begin now. */
  readonly deletionsOf: DeletionLimits;
  /** Told what happens, to count it. */
  readonly observer: Observer | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
