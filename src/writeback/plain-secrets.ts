import type { Problem } from '../errors.ts';
import { formatObject, groupOf, type KubeObject } from '../object.ts';
import { formatFieldPath, isJsonObject, type FieldPath } from './fields.ts';

const encrypted = /^ENC\[[A-Z0-9_]+,data:[^\s\]]*\]$/;
const privateKey = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/;

/** Whether SOPS has encrypted the object: it says so itself, and every value of its data is. */
export function isSopsEncrypted(object: KubeObject): boolean {
  const { sops, data, stringData } = object;
  if (!isJsonObject(sops) || typeof sops['mac'] !== 'string' || !encrypted.test(sops['mac'])) return false;
  return leaves(data).every(isEncrypted) && leaves(stringData).every(isEncrypted);
}

function isEncrypted({ value }: Leaf): boolean {
  return typeof value === 'string' && encrypted.test(value);
}

/**
 * What of an object would stand in Git for everybody to read: the data of a Secret that nobody has encrypted, and private
 * keys in any object. Sealed and external Secrets hold no plain data. The values themselves are in no problem.
 */
export function plainSecretsIn(object: KubeObject): readonly Problem[] {
  if (object.kind === 'Secret' && groupOf(object.apiVersion) === '') return secretProblems(object);
  return leaves(object)
    .filter(({ value }) => typeof value === 'string' && privateKey.test(value))
    .map(({ path }) => problem(object, path, 'this would put a private key into Git'));
}

function secretProblems(object: KubeObject): readonly Problem[] {
  if (isSopsEncrypted(object)) return [];
  return (['data', 'stringData'] as const).flatMap((section) => {
    const values = object[section];
    // Whatever it is, if it is no map, is refused as a whole.
    if (!isJsonObject(values)) return values === undefined || values === null ? [] : [plain(object, [section])];
    return Object.keys(values).map((key) => plain(object, [section, key]));
  });
}

const plain = (object: KubeObject, path: FieldPath): Problem =>
  problem(object, path, 'this would put the data of a Secret into Git in plain text');

function problem(object: KubeObject, path: FieldPath, message: string): Problem {
  return {
    code: 'writeback.plain-secret',
    message,
    where: { object: formatObject(object), field: formatFieldPath(path) },
  };
}

interface Leaf {
  readonly path: FieldPath;
  readonly value: unknown;
}

function leaves(value: unknown, path: FieldPath = []): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item, number) => leaves(item, [...path, number]));
  if (isJsonObject(value)) return Object.entries(value).flatMap(([name, item]) => leaves(item, [...path, name]));
  return value === undefined || value === null ? [] : [{ path, value }];
}
