import type { Problem } from '../../errors.ts';

/** The products whose webhooks are understood, as they stand in the path `/webhooks/KIND`. */
export const webhookKinds = [
  'github',
  'gitlab',
  'gitea',
  'bitbucket-cloud',
  'bitbucket-data-center',
  'azure-devops',
  'ghcr',
  'harbor',
  'quay',
  'docker-hub',
  'generic',
] as const;

/** One of `webhookKinds`. */
export type WebhookKind = (typeof webhookKinds)[number];

/** A request as it came, before anything in it is believed. */
export interface WebhookRequest {
  /** From the path, where it names one. */
  readonly kind?: WebhookKind;
  /** From the path, for products that sign nothing. */
  readonly pathSecret?: string;
  /** Names in lower case; a header that is sent twice is one value, joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Byte for byte what was sent, as signatures are made over it. */
  readonly body: Buffer;
}

/** A branch or tag that moved, appeared (no `before`) or went away (no `after`). */
export interface RefMove {
  /** `refs/heads/main`, `refs/tags/v1.2.3`. */
  readonly ref: string;
  /** Full commit ids. Of an annotated tag some products tell the tag and some the commit. */
  readonly before?: string;
  readonly after?: string;
}

/** What became of a pull request: `updated` is new commits, `edited` anything else that may matter. */
export type PullRequestAction = 'opened' | 'reopened' | 'updated' | 'edited' | 'closed' | 'merged';

/** One thing that has happened, whatever the product calls it. */
export type WebhookEvent =
  | ({ readonly type: 'push' | 'tag' } & RefMove)
  | {
      readonly type: 'pull-request';
      readonly number: number;
      readonly action: PullRequestAction;
      readonly base: { readonly branch: string; readonly commit?: string };
      readonly head: { readonly branch: string; readonly commit?: string };
    }
  | {
      readonly type: 'comment';
      /** Number of the pull request that it was written under. */
      readonly pullRequest: number;
      readonly id: string;
      readonly author: string;
      readonly body: string;
    }
  | {
      readonly type: 'image';
      /** Registry and name, without tag: `ghcr.io/example/app`. */
      readonly image: string;
      readonly tag?: string;
      readonly digest?: string;
    }
  | { readonly type: 'ping' }
  | {
      readonly type: 'other';
      /** As the product calls it. */
      readonly name: string;
    };

/** What a webhook says. */
export interface Delivery {
  /** Which repository it speaks of, as `repositoryKey` writes it: of several forms of one URL, all that were told. */
  readonly repositories: readonly string[];
  readonly events: readonly WebhookEvent[];
}

/** By what a request shows that its sender knows a secret: a secret that one of the two fits is the right one. */
export interface Proof {
  /** HMAC-SHA256. */
  readonly mac?: {
    /** What is signed, in pieces. */
    readonly message: readonly Uint8Array[];
    /** 32 bytes each; one of them has to be right. */
    readonly signatures: readonly Uint8Array[];
    /** The secret is the key as it stands, or, by Standard Webhooks, is `whsec_` and the key in Base64. */
    readonly key: 'text' | 'standard';
  };
  /** The secret itself, in each of the forms in which it may have been sent. */
  readonly tokens?: readonly Uint8Array[];
}

/** One product's webhooks. */
export interface WebhookFormat {
  readonly kind: WebhookKind;
  /** Whether the headers are this product's. */
  tells(headers: Readonly<Record<string, string>>): boolean;
  /** Whether the body is this product's; asked only where no headers tell. */
  tellsBody?(payload: unknown): boolean;
  /** `now` in milliseconds since 1970, for what is signed together with its time. */
  proof(request: WebhookRequest, now: number): Proof;
  /** The product's name for this one delivery. Nothing vouches for it. */
  id(request: WebhookRequest, payload: unknown): string | undefined;
  /**
   * A text that is the same for a request that is sent again and that a sender without the secret cannot change;
   * undefined where the product gives none.
   */
  replay?(request: WebhookRequest): string | undefined;
  /** @throws PlumbError `forge.webhook-invalid` */
  read(request: WebhookRequest, payload: unknown): Delivery;
}

/** A request that was looked into, and not yet believed. */
export interface ReceivedWebhook {
  /** Undefined where nothing tells what sent it. */
  readonly kind: WebhookKind | undefined;
  readonly proof: Proof;
  readonly id: string | undefined;
  readonly replay: string | undefined;
  readonly content:
    | { readonly state: 'read'; readonly delivery: Delivery }
    | { readonly state: 'unreadable'; readonly problems: readonly [Problem, ...Problem[]] };
}
