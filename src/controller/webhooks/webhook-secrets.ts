import { type Problem, problemsOf } from '../../errors.ts';
import { type Sensitive, sensitive } from '../../sensitive.ts';
import type { Log } from '../log.ts';
import type { Reference, ReferenceReader, References } from '../access/references.ts';
import { createWorkqueue } from '../../workqueue.ts';

/** Name of the Secret of the whole installation, in the namespace of the controller. */
const installationSecret = 'plumbline-webhooks';
const secretKeys = ['secret', 'previousSecret'];

/** The secrets that webhooks prove to know, as the cluster holds them now. */
export interface WebhookSecrets {
  /** Each key of the installation's Secret: as many hooks may have one of their own. */
  installation(): readonly Sensitive[];
  /** Those of one Repository. */
  of(id: string): readonly Sensitive[];
  /** Why no webhook can prove to know that of a Repository; empty where one can, undefined where it names none or none was read yet. */
  problems(id: string): readonly Problem[] | undefined;
  /** The Repository names this Secret from now on, or none. */
  set(id: string, reference: { readonly namespace: string; readonly name: string } | undefined): void;
  /** Resolves when the installation's Secret has been read, or could not be. */
  readonly settled: Promise<void>;
}

/** What is needed to know them. */
export interface WebhookSecretsOptions {
  readonly references: References;
  /** Namespace of the controller. */
  readonly namespace: string;
  readonly log: Log;
  /** Told when it is known, for the first time or anew, what the Secret of a Repository holds. */
  readonly onRead: (id: string) => void;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

interface Entry {
  readonly reference: Reference;
  readonly reader: ReferenceReader;
  secrets: readonly Sensitive[];
  problems: readonly Problem[] | undefined;
}

/** Where nobody listens for webhooks, none is accepted, and no Secret is watched for them. */
export const noWebhookSecrets: WebhookSecrets = {
  installation: () => [],
  of: () => [],
  problems: () => undefined,
  set: () => {},
  settled: Promise.resolve(),
};

/** How long until a Secret is read again where nobody tells of its changes, in milliseconds. */
const untoldMilliseconds = 60_000;

/** The key of the installation's entry: no Repository is called so. */
const installationId = '';

/** Reads secrets when they are named, and again whenever they change: rotation needs no restart. */
export function watchWebhookSecrets(options: WebhookSecretsOptions): WebhookSecrets {
  const { references, log, signal } = options;
  const entries = new Map<string, Entry>();
  const first = Promise.withResolvers<void>();

  const queue = createWorkqueue({
    workers: 4,
    firstRetryMilliseconds: 500,
    lastRetryMilliseconds: 60_000,
    random: options.random,
    signal,
    work: async (id, ask) => {
      const entry = entries.get(id);
      if (entry === undefined) return;
      const data = await entry.reader.round(async (look) => {
        const found = await look.object(entry.reference);
        return (found as { readonly data?: Readonly<Record<string, string>> } | undefined)?.data;
      }, ask);
      if (entries.get(id) !== entry) return;
      if (id === installationId) {
        entry.secrets = allOf(data);
        first.resolve();
      } else {
        entry.secrets = secretKeys.flatMap((key) => secretIn(data?.[key]));
        entry.problems = entry.secrets.length > 0 ? [] : [missing(entry.reference)];
        options.onRead(id);
      }
      // The cluster does not let us watch, or not yet.
      if (!entry.reader.isTold) queue.addAfter(id, untoldMilliseconds);
    },
    onFailure: (id, error, retry) => {
      log.warn(
        { repository: id, problems: problemsOf(error), retryMilliseconds: Math.round(retry) },
        'secret of webhooks not read',
      );
      first.resolve();
    },
  });

  const add = (id: string, namespace: string, name: string): void => {
    const reader = references.reader(() => queue.add(id));
    entries.set(id, { reference: { kind: 'Secret', namespace, name }, reader, secrets: [], problems: undefined });
    queue.add(id);
  };
  add(installationId, options.namespace, installationSecret);

  return {
    installation: () => entries.get(installationId)?.secrets ?? [],
    of: (id) => entries.get(id)?.secrets ?? [],
    problems: (id) => entries.get(id)?.problems,
    set(id, wanted) {
      const known = entries.get(id);
      if (known?.reference.name === wanted?.name && known?.reference.namespace === wanted?.namespace) return;
      known?.reader.close();
      entries.delete(id);
      queue.forget(id);
      if (wanted !== undefined) add(id, wanted.namespace, wanted.name);
    },
    settled: first.promise,
  };
}

type Data = Readonly<Record<string, string>> | undefined;

function allOf(data: Data): readonly Sensitive[] {
  return Object.values(data ?? {}).flatMap(secretIn);
}

function missing({ namespace, name }: Reference): Problem {
  return {
    code: 'controller.webhook-secret',
    message: 'it does not exist, or holds no key `secret`',
    where: { object: `Secret ${namespace}/${name}` },
  };
}

/** Without the line break at its end, which a file has and a form on a web page has not. */
function secretIn(value: string | undefined): readonly Sensitive[] {
  const text = Buffer.from(value ?? '', 'base64')
    .toString('utf8')
    .replace(/[\r\n]+$/, '');
  return text === '' ? [] : [sensitive(text)];
}
