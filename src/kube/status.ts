import { PlumbError, type ErrorCode, type Problem } from '../errors.ts';
import { formatKey, type ObjectKey } from '../object.ts';
import { isFields, type Fields } from './decode.ts';
import { maskFor } from './mask.ts';

/** What the API server says where it does not do as it was asked, as far as Plumbline reads it. */
export interface Status {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly StatusCause[];
  /** Plural or kind that the server names. */
  readonly kind: string;
  /** Seconds to wait, where the server says so in the body. */
  readonly retryAfterSeconds: number | undefined;
}

/** One of the reasons of a Status. */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** What the request was about. */
export interface RequestContext {
  readonly object?: ObjectKey;
  /** The body that was sent: its values are masked where it is a Secret. */
  readonly sent?: unknown;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The Status in an answer; undefined where it is not one. */
export function parseStatus(value: unknown): Status | undefined {
  if (!isFields(value) || value['kind'] !== 'Status') return undefined;
  const details = isFields(value['details']) ? value['details'] : {};
  const causes = Array.isArray(details['causes']) ? details['causes'].filter(isFields) : [];
  const seconds = details['retryAfterSeconds'];
  return {
    code: typeof value['code'] === 'number' ? value['code'] : 0,
    reason: text(value['reason']),
    message: text(value['message']),
    causes: causes.map((cause: Fields) => ({
      reason: text(cause['reason']),
      message: text(cause['message']),
      field: text(cause['field']),
    })),
    kind: text(details['kind']),
    retryAfterSeconds: typeof seconds === 'number' && seconds > 0 ? seconds : undefined,
  };
}

// What server-side apply says of an object that does not fit its schema: 500, with a line for each field.
const misfit =
  /^failed to (?:create typed (?:patch|live|new) object|convert (?:new|patch) object)[^:]*\([^)]*\)[^:]*: /;
// What a write with strict field validation says: 400, with every field in one sentence.
const strict = /strict decoding error: /;
const webhookDenial = /^admission webhook "[^"]*" denied the request/;
const policyDenial = /ValidatingAdmissionPolicy '[^']*' with binding '[^']*' denied request/;
const webhookFailure = /failed calling webhook|conversion webhook for .* failed|error calling webhook/;
const goneKind = /^(?:the server could not find the requested resource|404 page not found)$/;
const timedOut = /request timed out|context deadline exceeded|etcdserver: |timeout/i;

/** The one code that fits a Status. */
export function codeOf(status: Status, context: RequestContext): ErrorCode {
  const { message, reason, code } = status;
  if (webhookDenial.test(message) || policyDenial.test(message)) return 'kube.admission-denied';
  if (webhookFailure.test(message)) return 'kube.webhook-failed';
  if (misfit.test(message) || strict.test(message)) return 'kube.invalid';
  switch (code) {
    case 400:
      return 'kube.bad-request';
    case 401:
      return 'kube.unauthorized';
    case 403:
      return forbiddenCode(status);
    case 404:
      if (goneKind.test(message)) return 'kube.no-such-kind';
      return status.kind === 'namespaces' && context.object !== undefined && context.object.kind !== 'Namespace'
        ? 'kube.namespace-not-found'
        : 'kube.not-found';
    case 409:
      if (reason === 'AlreadyExists') return 'kube.already-exists';
      return status.causes.some((cause) => cause.reason === 'FieldManagerConflict') ? 'kube.conflict' : 'kube.stale';
    case 410:
      return 'kube.expired';
    case 413:
      return 'kube.too-large';
    case 422:
      return 'kube.invalid';
    case 429:
      return 'kube.throttled';
    case 405:
    case 406:
    case 415:
      return 'kube.unsupported';
    default:
      if (/too large/.test(message) && code >= 500) return 'kube.too-large';
      return code >= 500 ? 'kube.unavailable' : 'kube.protocol';
  }
}

function forbiddenCode(status: Status): ErrorCode {
  if (status.causes.some((cause) => cause.reason === 'NamespaceTerminating')) return 'kube.namespace-terminating';
  if (/exceeded quota:/.test(status.message)) return 'kube.quota-exceeded';
  // RBAC names the user; whatever else forbids is an admission plugin: PodSecurity, LimitRanger, …
  return / is forbidden: (?!User ")/.test(status.message) && !/User "[^"]*" cannot /.test(status.message)
    ? 'kube.admission-denied'
    : 'kube.forbidden';
}

/** True where the server itself says that the same request may be sent again. */
export function mayPass(status: Status): boolean {
  if (status.code === 429) return true;
  if (status.code < 500 || misfit.test(status.message) || webhookFailure.test(status.message)) return false;
  return (
    status.code === 503 ||
    status.code === 504 ||
    status.retryAfterSeconds !== undefined ||
    ['ServerTimeout', 'Timeout', 'ServiceUnavailable'].includes(status.reason) ||
    timedOut.test(status.message)
  );
}

/** Every problem that a Status tells of, each with its object and field; no value of a Secret in any of them. */
export function statusError(status: Status, context: RequestContext): PlumbError {
  const code = codeOf(status, context);
  const mask = maskFor(context.object?.kind, context.sent);
  const object = context.object === undefined ? undefined : formatKey(context.object);
  const problem = (message: string, field: string): Problem => ({
    code,
    message: mask(readable(message)),
    ...(object === undefined && field === ''
      ? {}
      : {
          where: {
            ...(object === undefined ? {} : { object }),
            ...(field === '' ? {} : { field: mask(bareField(field)) }),
          },
        }),
  });
  const found = partsOf(status, code).map((part) => problem(part.message, part.field));
  const seen = new Set<string>();
  const different = found.filter((each) => {
    const key = `${each.where?.field}\n${each.message}`;
    return !seen.has(key) && seen.add(key);
  });
  const whole = goneKind.test(status.message) ? notServed(context) : status.message;
  const [first = problem(whole || `the API server answered ${status.code}`, ''), ...rest] = different;
  return new PlumbError([first, ...rest]);
}

/** A path that the API server does not have: its own words name neither kind nor version. */
function notServed({ object, sent }: RequestContext): string {
  const version = isFields(sent) ? text(sent['apiVersion']) : '';
  if (object === undefined) return 'the API server has no such path';
  return `the API server does not serve the kind ${object.kind}${version === '' ? '' : ` in the version ${version}`}`;
}

interface Part {
  readonly message: string;
  readonly field: string;
}

function partsOf(status: Status, code: ErrorCode): readonly Part[] {
  if (code === 'kube.invalid' && misfit.test(status.message)) return misfitParts(status.message);
  if (code === 'kube.invalid' && strict.test(status.message)) return strictParts(status.message);
  // Denials carry causes too, but those of a webhook lack its name: the whole message says more.
  if (code === 'kube.admission-denied') return [];
  return status.causes
    .filter((cause) => cause.message !== '')
    .map((cause) => ({ message: cause.message, field: cause.field }));
}

function misfitParts(message: string): readonly Part[] {
  const rest = message.replace(misfit, '').replace(/^errors:\n/, '');
  return rest
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [, field, what] = /^(\.(?:[^\s:]|:(?! ))*): (.*)$/.exec(line) ?? [];
      return field === undefined || what === undefined ? { field: '', message: line } : { field, message: what };
    });
}

const strictWords: Readonly<Record<string, string>> = {
  // As server-side apply says it.
  unknown: 'field not declared in schema',
  duplicate: 'field given twice',
};

function strictParts(message: string): readonly Part[] {
  const found = message.matchAll(/(unknown|duplicate) field "([^"]*)"/g);
  return [...found].map(([all, what = '', field = '']) => ({ field, message: strictWords[what] ?? all }));
}

function bareField(field: string): string {
  return field.replace(/^\./, '');
}

/** Go's words for a value are nobody's words. */
function readable(message: string): string {
  return message.replaceAll(/&value\.valueUnstructured\{Value:(.*?)\}(?=$|\s|,)/g, '$1');
}
