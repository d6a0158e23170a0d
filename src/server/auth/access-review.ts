import { Type } from 'typebox';
import { plumbError } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { kubeUser } from './kube-user.ts';
import { createRemembered } from './remembered.ts';
import { defaultPatience, review } from './review.ts';
import type { Authorizer, Right, SignedIn } from './types.ts';

/** What an authorizer asks, and by which clock it forgets. */
export interface AuthorizerOptions {
  /** With Plumbline's own rights. */
  readonly client: KubeClient;
  /** Milliseconds to wait for an answer of the API server. */
  readonly patience?: number;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/** Milliseconds for which an answer is believed: so long a right lives on that was taken away. */
const allowedFor = 5_000;
/** Shorter: whoever was just granted something tries it at once. */
const deniedFor = 1_000;

const statusSchema = Type.Object({
  allowed: Type.Boolean(),
  denied: Type.Optional(Type.Boolean()),
});

/** Asks Kubernetes what somebody may do, and remembers the answer for a few seconds. What cannot be asked is refused. */
export function createAuthorizer({ client, patience = defaultPatience, now }: AuthorizerOptions): Authorizer {
  const remembered = createRemembered<boolean>({
    entries: 16_384,
    keep: (allowed) => (allowed ? allowedFor : deniedFor),
    now,
  });

  const ask = async (spec: object): Promise<boolean> => {
    const status = await review(client, { kind: 'SubjectAccessReview', spec, status: statusSchema, patience });
    return status.allowed && status.denied !== true;
  };

  const allows = async (user: SignedIn, right: Right, signal: AbortSignal): Promise<boolean> => {
    signal.throwIfAborted();
    const spec = specOf(user, right);
    const allowed = await remembered.get(JSON.stringify(spec), () => ask(spec));
    signal.throwIfAborted();
    return allowed;
  };

  return {
    allows,
    async require(user, right, signal) {
      if (!(await allows(user, right, signal))) throw plumbError('auth.forbidden', refusal(user, right));
    },
  };
}

function specOf(signedIn: SignedIn, right: Right): object {
  const { username, groups, uid, extra } = kubeUser(signedIn);
  // An empty name would be asked for anybody, and an empty verb or resource for none.
  if ([username, right.verb, right.resource].some((text) => text.trim() === '')) {
    throw plumbError('auth.forbidden', 'it is not said who wants to do what');
  }
  const { verb, group, resource, subresource, namespace, name } = right;
  return {
    user: username,
    // The API server adds this one where somebody acts; where it is asked, the question has to hold it.
    groups: [...(groups ?? []), 'system:authenticated'],
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
    resourceAttributes: {
      verb,
      group,
      resource,
      ...(subresource === undefined ? {} : { subresource }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
    },
  };
}

function refusal({ username }: SignedIn, { verb, group, resource, subresource, namespace, name }: Right): string {
  const what = [resource, ...(subresource === undefined ? [] : [subresource])].join('/');
  const whole = group === '' ? what : `${what}.${group}`;
  const which = name === undefined ? '' : ` ${name}`;
  const where = namespace === undefined ? ' in the whole cluster' : ` in namespace ${namespace}`;
  return `user ${JSON.stringify(username)} may not ${verb} ${whole}${which}${where}`;
}
