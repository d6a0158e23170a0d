import { names, type Repository, seldonNames } from '../../api/index.ts';
import { type Problem, problemsOf } from '../../errors.ts';
import { admissionModes } from '../admission/types.ts';
import { forgeKinds } from '../../forge/index.ts';
import type { KubeObject } from '../../object.ts';
import { type FileFormat, parsePrefix } from '../../writeback/index.ts';

type Forge = NonNullable<Repository['spec']['forge']>;

/** How Git maintains a namespace. */
export interface GitOpsSettings {
  readonly namespace: string;
  /** URL of the repository, as the annotation has it. */
  readonly url: string;
  readonly branch: string;
  /** The Secret that is named; where none is, `defaultSecret` counts if it is there. */
  readonly secret: string | undefined;
  /** What new files are written in. */
  readonly format: FileFormat;
  readonly mode: 'commit' | 'pullRequest';
  /** `objects`: as Plumbline lays them out. `source`: a kustomization, a chart or anything else that is rendered. */
  readonly layout: 'objects' | 'source';
  /** The folder of the repository in which that of the namespace lies; empty for the root. */
  readonly prefix: string;
  /** The ServiceAccount with whose rights the objects are synced; Plumbline's own rights where none is named. */
  readonly serviceAccount: string | undefined;
  /** The forge, where it is told which, or where pull requests are opened. */
  readonly forge: Pick<Forge, 'kind' | 'apiUrl'> | undefined;
}

/** What a Namespace says of itself. */
export type GitOpsNamespace =
  | { readonly state: 'off' }
  | { readonly state: 'on'; readonly settings: GitOpsSettings }
  | { readonly state: 'invalid'; readonly problems: readonly [Problem, ...Problem[]] };

/** Name of the Secret that is looked for where a namespace names none. */
export const defaultSecret = 'git-creds';
/** The branch of a namespace that names none. */
export const defaultBranch = 'main';

/** Reads the labels and annotations of a Namespace. All that is wrong is told at once. */
export function readNamespace({ metadata }: Pick<KubeObject, 'metadata'>): GitOpsNamespace {
  const { labels = {}, annotations = {} } = metadata;
  if ((labels[names.gitops] ?? labels[seldonNames.gitops]) !== 'enabled') return { state: 'off' };
  const problems: Problem[] = [];
  const complain = (name: string, message: string, map: 'annotations' | 'labels' = 'annotations'): void => {
    const where = { object: `Namespace ${metadata.name}`, field: `metadata.${map}["${name}"]` };
    problems.push({ code: 'controller.gitops-invalid', message, where });
  };
  const oneOf = <T extends string>(name: string, values: readonly T[]): T | undefined => {
    const value = annotations[name];
    const found = values.find((each) => each.toLowerCase() === value?.toLowerCase());
    if (value !== undefined && found === undefined)
      complain(name, `${JSON.stringify(value)} is none of ${values.join(', ')}`);
    return found;
  };
  const url = annotations[names.gitRepository] ?? annotations[seldonNames.gitRepository] ?? '';
  if (url === '') complain(names.gitRepository, 'it is missing: it names the repository');
  const admission = labels[names.gitAdmission] ?? 'off';
  if (!(admissionModes as readonly string[]).includes(admission))
    complain(names.gitAdmission, `${JSON.stringify(admission)} is none of ${admissionModes.join(', ')}`, 'labels');
  const mode = oneOf(names.gitMode, ['commit', 'pullRequest'] as const) ?? 'commit';
  const settings: GitOpsSettings = {
    namespace: metadata.name,
    url,
    branch: annotations[names.gitBranch] ?? defaultBranch,
    secret: annotations[names.gitSecret],
    format: oneOf(names.gitFormat, ['json', 'yaml'] as const) ?? 'json',
    mode,
    layout: oneOf(names.gitLayout, ['objects', 'source'] as const) ?? 'objects',
    prefix: prefixIn(annotations[names.gitPath] ?? '', (message) => complain(names.gitPath, message)),
    serviceAccount: annotations[names.gitServiceAccount],
    forge: forgeIn(oneOf(names.gitForge, forgeKinds), annotations[names.gitForgeUrl], mode),
  };
  const [first, ...rest] = problems;
  return first === undefined ? { state: 'on', settings } : { state: 'invalid', problems: [first, ...rest] };
}

function prefixIn(text: string, complain: (message: string) => void): string {
  try {
    return parsePrefix(text);
  } catch (error) {
    for (const { message } of problemsOf(error)) complain(message);
    return '';
  }
}

function forgeIn(
  kind: Forge['kind'],
  apiUrl: string | undefined,
  mode: GitOpsSettings['mode'],
): GitOpsSettings['forge'] {
  if (kind === undefined && apiUrl === undefined && mode === 'commit') return undefined;
  return { ...(kind === undefined ? {} : { kind }), ...(apiUrl === undefined ? {} : { apiUrl }) };
}
