import type { Json, JsonObject } from '../../../object.ts';
import type { HelmParameter } from '../../../render/index.ts';
import { isObject } from '../field-path.ts';
import type { ValuePath } from './value-path.ts';

/** What single parameters set, each as values of its own; one whose name is not understood sets nothing here. */
export function parameterValues(parameters: readonly HelmParameter[]): readonly JsonObject[] {
  return parameters.flatMap((parameter) => {
    const path = parsePath(parameter.name);
    if (path === undefined) return [];
    const values = wrap(path, valueOf(parameter));
    return isObject(values) ? [values] : [];
  });
}

/** The path that `--set` names; undefined where it is none, or more than one. */
function parsePath(name: string): ValuePath | undefined {
  const path: (string | number)[] = [];
  const pattern = /(?:^|\.)((?:\\.|[^.\\[\],={}])+)|\[(\d+)\]/gy;
  let end = 0;
  for (const match of name.matchAll(pattern)) {
    end = match.index + match[0].length;
    path.push(match[2] === undefined ? (match[1] ?? '').replaceAll(/\\(.)/g, '$1') : Number(match[2]));
  }
  return end === name.length && typeof path[0] === 'string' ? path : undefined;
}

/** As `--set` reads it. */
function valueOf({ value, forceString, json }: HelmParameter): Json {
  if (json === true) {
    try {
      return JSON.parse(value) as Json;
    } catch {
      return value;
    }
  }
  if (forceString === true) return value;
  if (value === 'true' || value === 'false') return value === 'true';
  if (value === 'null') return null;
  return /^(0|-?[1-9]\d{0,15})$/.test(value) ? Number(value) : value;
}

function wrap(path: ValuePath, value: Json): Json {
  return path.reduceRight<Json>((inner, step) => {
    if (typeof step === 'string') return { [step]: inner };
    const items: Json[] = Array.from({ length: step + 1 }, () => null);
    return items.with(step, inner);
  }, value);
}
