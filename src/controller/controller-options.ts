import type { Admission, AdmissionOptions } from './admission/types.ts';
import type { Egress } from '../egress.ts';
import type { WebhookRequest } from '../forge/index.ts';
import type { KubeClient } from '../kube/index.ts';
import type { Renderer } from '../render/index.ts';
import type { HealthRules } from '../health/index.ts';
import type { IgnoreRules } from '../sync/index.ts';
import type { Sensitive } from '../sensitive.ts';
import type { GitOps } from './gitops/start-gitops.ts';
import type { InstallationRules } from './health/installation-rules.ts';
import type { Log } from './log.ts';
import type { PushWaits } from './repository/open-branch.ts';
import type { Observer } from './observer.ts';
import type { Past } from './past/types.ts';
import type { Views } from './views/types.ts';
import type { AskedChanges } from './way-up.ts';
import type { PullRequestNews, WebhookOutcome } from './webhooks/webhooks.ts';

/** What a controller works with. */
export interface ControllerOptions {
  /** Lets Repositories read `file://` URLs: for a machine of one's own, never where others may create them. */
  readonly allowFileUrls?: boolean;
  /** Where this installation may connect to, besides the cluster itself; the usual rules where it is not given. */
  readonly egress?: Egress;
  /** Where people see this installation, for links: `https://plumbline.example.com`. Without it links lead to the forge. */
  readonly externalUrl?: string;
  readonly client: KubeClient;
  readonly renderer: Renderer;
  /** Renders what pull requests propose, so that nothing of it is in the way of a sync; `renderer` where left out. */
  readonly previewRenderer?: Renderer;
  /** Folder of the Git mirrors; kept between starts, and made anew where it is lost. */
  readonly mirrors: string;
  /** Folder of what comes from registries; kept between starts, and fetched anew where it is lost. */
  readonly artifacts: string;
  /** Secret of the installation from which the random values of all renders come. */
  readonly seed: Sensitive<Uint8Array>;
  /** Name of this process, for Events. */
  readonly identity: string;
  /** Version of Plumbline. */
  readonly version: string;
  readonly log: Log;
  readonly now: () => number;
  readonly random: () => number;
  /** Namespace of the controller, and of the installation's own Secrets. */
  readonly namespace: string;
  /** Looks after the Applications and Repositories of this namespace alone; of all namespaces where unset. */
  readonly watchNamespace?: string;
  /** Applications worked on at the same time. */
  readonly workers?: number;
  /** Objects of all Applications together that are deleted in any minute, at most. */
  readonly deletionsPerMinute?: number;
  /** Rules of health for all Applications, which come before those that are built in. */
  readonly healthRules?: InstallationRules<HealthRules>;
  /** What is ignored in the objects of all Applications. */
  readonly ignoreRules?: InstallationRules<IgnoreRules>;
  /** Name of the policy that proves who asks, and of its binding; that of the installation where left out. */
  readonly actionPolicy?: string;
  /** Whether `receive` will be called: the secrets that webhooks prove are watched then. */
  readonly takesWebhooks?: boolean;
  /** Has the API server refuse, or hand over, what people change in GitOps namespaces; nothing of it where left out. */
  readonly admission?: AdmissionOptions;
  /** Told of pull requests, by webhooks that proved to know a secret. */
  readonly onPullRequest?: (news: PullRequestNews) => void;
  /** How long is waited while nobody tells what became of a push. */
  readonly pushWaits?: PushWaits;
  /** Calls back after some milliseconds, unless cancelled; the timer of this process where left out. */
  readonly schedule?: (milliseconds: number, callback: () => void) => () => void;
  /** The same for Applications that are to be looked at again after some time. */
  readonly scheduleLooks?: (milliseconds: number, callback: () => void) => () => void;
  /** Told what happens, to count it. */
  readonly observer?: Observer;
  readonly signal: AbortSignal;
}

/** A controller at work. */
export interface Controller {
  /** Resolves when the first look at everything has begun: watches are established. */
  readonly started: Promise<void>;
  /** Resolves when all work has ended, after the signal has aborted. */
  readonly ended: Promise<void>;
  /** Fetches the repositories with this URL now, in whatever form it is written. */
  trigger(url: string): void;
  /** Decides what becomes of a webhook. */
  receive(request: WebhookRequest): WebhookOutcome;
  /** Decides what becomes of changes by hand. */
  readonly admission: Admission;
  /** What it knows, for those who only look. */
  readonly views: Views;
  /** Changes that people and programs ask for. */
  readonly changes: AskedChanges;
  /** The namespaces that Git maintains. */
  readonly gitops: GitOps;
  /** The past of what Git maintains, and the way back to it. */
  readonly past: Past;
}
