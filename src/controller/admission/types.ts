import type { KubeObject } from '../../object.ts';

/** What a namespace wants of changes that people make with kubectl. */
export const admissionModes = ['off', 'refuse', 'commit'] as const;

/** How the API server reaches the webhook: by a Service of the cluster, or by a URL. */
export type WebhookPlace =
  | { readonly service: { readonly namespace: string; readonly name: string; readonly port: number } }
  | { readonly url: string };

/** What an installation does about changes that people make with kubectl in GitOps namespaces. */
export interface AdmissionOptions {
  /** Where the API server finds the webhook that makes commits; without it, `commit` refuses as `refuse` does. */
  readonly webhook?: WebhookPlace;
}

/** What the API server asks before it takes a change: as much of `AdmissionReview` as is read. */
export interface AdmissionRequest {
  /** Of this one question; a repeated one has another. */
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  /** `deployments`, with its group. */
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  /** Undefined where it is about the object itself. */
  readonly subResource?: string;
  readonly namespace: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly userInfo: {
    readonly username: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  /** As it shall be; null where it is deleted. */
  readonly object: KubeObject | null;
  /** As it is; null where it is created. */
  readonly oldObject: KubeObject | null;
  readonly dryRun: boolean;
  /** Under which name the fields are written. */
  readonly fieldManager: string | undefined;
}

/** What the API server is told. */
export type AdmissionAnswer =
  | { readonly allowed: true; readonly warnings: readonly string[] }
  | {
      readonly allowed: false;
      /** A status of HTTP. */
      readonly code: number;
      readonly reason: 'Forbidden' | 'Conflict' | 'Invalid' | 'Timeout';
      readonly message: string;
    };

/** Decides what becomes of changes that people make with kubectl. */
export interface Admission {
  /**
   * Makes a commit of the change where Git maintains its namespace, and lets it pass.
   * @param milliseconds until the API server waits no longer
   */
  review(request: AdmissionRequest, milliseconds: number): Promise<AdmissionAnswer>;
}
