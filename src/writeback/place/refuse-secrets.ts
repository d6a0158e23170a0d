import { isDeepStrictEqual } from 'node:util';
import { type Problem, throwProblems } from '../../errors.ts';
import { groupOf, type Json, type KubeObject } from '../../object.ts';
import { plainSecretsIn } from '../plain-secrets.ts';
import { fieldOf, formatFieldPath, isObject } from './field-path.ts';
import type { FieldEdit } from './types.ts';

/**
 * Refuses edits that would put plain secret data into Git. What stands there already, and does not change, is no matter
 * of the edits.
 * @throws PlumbError `writeback.plain-secret`
 */
export function refusePlainSecrets(before: Json | undefined, after: Json, edits: readonly FieldEdit[]): void {
  const object = after as KubeObject;
  const isSecret = object.kind === 'Secret' && groupOf(object.apiVersion) === '';
  throwProblems(isSecret ? plainSecretsIn(withNewData(before, object)) : privateKeys(object, edits));
}

/** The Secret with those entries only that were not there before. */
function withNewData(before: Json | undefined, object: KubeObject): KubeObject {
  const changed = (section: string): unknown => {
    const now = object[section];
    const was = isObject(before) ? fieldOf(before, section) : undefined;
    if (!isObject(now)) return now;
    const fields = Object.entries(now).filter(
      ([name, value]) => !isDeepStrictEqual(value, isObject(was) ? fieldOf(was, name) : undefined),
    );
    return Object.fromEntries(fields);
  };
  return { ...object, data: changed('data'), stringData: changed('stringData') };
}

function privateKeys({ apiVersion, kind, metadata }: KubeObject, edits: readonly FieldEdit[]): Problem[] {
  return edits.flatMap(({ path, value }) =>
    plainSecretsIn({ apiVersion, kind, metadata: { name: metadata.name }, value }).map((problem) => ({
      ...problem,
      where: { ...problem.where, field: formatFieldPath(path) },
    })),
  );
}
