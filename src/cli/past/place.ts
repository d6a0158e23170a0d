import { Option } from 'commander';
import { plumbError } from '../../errors.ts';

/** An object as it is named on the command line. */
export interface NamedObject {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** What a command is about. */
export type Place =
  | { readonly kind: 'objects'; readonly namespace: string; readonly objects: readonly [NamedObject, ...NamedObject[]] }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'application'; readonly namespace: string; readonly name: string };

/** The flag that names an Application in the place of a namespace. */
export function applicationOption(): Option {
  return new Option('--application <name>', 'the files of this Application, in the place of objects of a namespace');
}

/** `Deployment.apps/web`, or `Deployment.apps web` for one alone. @throws PlumbError `cli.usage` */
export function parseObjects(args: readonly string[]): readonly NamedObject[] {
  const [first, second, ...others] = args;
  const pair = first !== undefined && second !== undefined && others.length === 0 && !`${first}${second}`.includes('/');
  return (pair ? [`${first}/${second}`] : args).map((text) => {
    const [type = '', name = '', ...more] = text.split('/');
    const dot = type.indexOf('.');
    const [kind, group] = dot < 0 ? [type, ''] : [type.slice(0, dot), type.slice(dot + 1)];
    if (kind !== '' && name !== '' && more.length === 0) return { group, kind, name };
    throw plumbError(
      'cli.usage',
      `${JSON.stringify(text)} names no object: write Kind.group/name, such as Deployment.apps/web`,
    );
  });
}

/** `Deployment.apps`, as a path of the API has it. */
export function kindOf({ group, kind }: NamedObject): string {
  return group === '' ? kind : `${kind}.${group}`;
}

/**
 * What the arguments and flags name.
 * @throws PlumbError `cli.usage`
 */
export function placeOf(
  args: readonly string[],
  { namespace, application }: { readonly namespace?: string; readonly application?: string },
): Place {
  if (namespace === undefined) throw plumbError('cli.usage', 'say which namespace: -n NAME');
  const [first, ...rest] = parseObjects(args);
  if (application !== undefined) {
    if (first !== undefined) throw plumbError('cli.usage', 'give either objects, or --application');
    return { kind: 'application', namespace, name: application };
  }
  return first === undefined
    ? { kind: 'namespace', namespace }
    : { kind: 'objects', namespace, objects: [first, ...rest] };
}
