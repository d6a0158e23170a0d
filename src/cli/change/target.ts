import { plumbError } from '../../errors.ts';
import { parseObjects, kindOf } from '../past/place.ts';

/** An object of an Application, as the paths of the API have it. */
export interface ChangeTarget {
  readonly namespace: string;
  readonly name: string;
  readonly kind: string;
  readonly object: string;
}

/** The Application and the object that the first two arguments name. @throws PlumbError `cli.usage` */
export function targetOf(
  [name = '', object = '']: readonly string[],
  { namespace = 'default' }: { readonly namespace?: string },
): ChangeTarget {
  const [named] = parseObjects([object]);
  if (named === undefined) throw plumbError('cli.usage', 'say which object: Kind.group/name');
  return { namespace, name, kind: kindOf(named), object: named.name };
}
