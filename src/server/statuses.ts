import type { ErrorCode } from '../errors.ts';

/** The status of each code that has one of its own: the only place that knows of both. */
const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  'server.bad-request': 400,
  'server.invalid': 400,
  'cli.usage': 400,
  'writeback.cursor-invalid': 400,
  'writeback.request-invalid': 400,
  'kube.bad-request': 400,
  'auth.required': 401,
  'auth.claims': 403,
  'auth.forged': 403,
  'server.refused': 401,
  'auth.forbidden': 403,
  'kube.forbidden': 403,
  'server.not-found': 404,
  'server.missing': 404,
  'cli.not-found': 404,
  'kube.not-found': 404,
  'kube.namespace-not-found': 404,
  'kube.no-such-kind': 404,
  'git.ref-not-found': 404,
  'controller.not-in-git': 404,
  'server.method': 405,
  'server.timeout': 408,
  'server.outdated': 409,
  'cli.suspended': 409,
  'cli.no-earlier-revision': 409,
  'kube.conflict': 409,
  'kube.stale': 409,
  'kube.already-exists': 409,
  'kube.namespace-terminating': 409,
  'sync.claimed': 409,
  'writeback.revert-conflict': 409,
  'server.too-large': 413,
  'kube.too-large': 413,
  'server.media-type': 415,
  'forge.webhook-invalid': 422,
  'forge.webhook-unknown': 422,
  'kube.admission-denied': 422,
  'kube.invalid': 422,
  'controller.no-keys': 422,
  'controller.not-synced': 422,
  'kube.namespace-required': 422,
  'kube.quota-exceeded': 422,
  'server.rate-limited': 429,
  'kube.throttled': 429,
  'server.unavailable': 503,
  'auth.unavailable': 503,
  'kube.unreachable': 503,
  'kube.unavailable': 503,
  'kube.api-unavailable': 503,
  cancelled: 503,
  timeout: 504,
};

/** The status of the others of a room: what it was given is wrong (422), or somebody that it asked fails (502). */
const ofRooms: Readonly<Record<string, number>> = {
  api: 422,
  render: 422,
  sync: 422,
  writeback: 422,
  git: 502,
  forge: 502,
  registry: 502,
  kube: 502,
};

/** The HTTP status that an error of this code is answered with. */
export function statusOf(code: ErrorCode): number {
  return statuses[code] ?? ofRooms[code.slice(0, code.indexOf('.'))] ?? 500;
}
