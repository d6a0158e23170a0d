import { allActions } from '../../actions/index.ts';
import { plumbError } from '../../errors.ts';
import { kindOf, type NamedObject, parseObjects } from '../past/place.ts';

/** As kubectl has them, for those who type them every day. */
const shortNames: Readonly<Record<string, string>> = {
  deploy: 'Deployment',
  ds: 'DaemonSet',
  sts: 'StatefulSet',
  rs: 'ReplicaSet',
  rc: 'ReplicationController',
  cj: 'CronJob',
  ro: 'Rollout',
  so: 'ScaledObject',
  sj: 'ScaledJob',
  es: 'ExternalSecret',
  ks: 'Kustomization',
  hr: 'HelmRelease',
  vm: 'VirtualMachine',
  no: 'Node',
  cert: 'Certificate',
  isvc: 'InferenceService',
};

/** Every kind that has actions, each once; the families of groups are left out, as they name no kind. */
export function kindsWithActions(): readonly { readonly group: string; readonly kind: string }[] {
  return [...allActions()].filter(({ group, kind }) => kind !== '*' && !group.startsWith('*'));
}

/**
 * An object as kubectl has it: `deployment/web`, `deployments.apps/web`, `deploy/web`; and `Kind.group/name` for any kind.
 * @throws PlumbError `cli.usage`
 */
export function objectNamed(text: string): { readonly kind: string; readonly object: string } {
  const [named] = parseObjects([text]);
  if (named === undefined) throw plumbError('cli.usage', 'say which object: kind/name');
  return { kind: kindOf(kindMeant(named)), object: named.name };
}

function kindMeant(named: NamedObject): Pick<NamedObject, 'group' | 'kind'> & { readonly name: string } {
  const word = (shortNames[named.kind.toLowerCase()] ?? named.kind).toLowerCase();
  const fitting = kindsWithActions().filter(
    ({ group, kind }) =>
      [kind, `${kind}s`].some((each) => each.toLowerCase() === word) && (named.group === '' || named.group === group),
  );
  const [found, ...others] = fitting;
  if (found === undefined) return named;
  if (others.length === 0) return { ...named, ...found };
  const all = fitting.map(({ group, kind }) => `${kind}.${group}`).join(', ');
  throw plumbError('cli.usage', `${named.kind} may be any of ${all}`, { hint: 'Write the group, too.' });
}
