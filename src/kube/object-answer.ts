import { plumbError } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { isFields } from './decode.ts';

/** The JSON in an answer. The parser's own words are not passed on: they quote the text. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw plumbError('kube.protocol', 'the API server answered with something that is not JSON');
  }
}

/** True for what has the shape that all Kubernetes objects have. */
export function isObject(value: unknown): value is KubeObject {
  return (
    isFields(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isFields(value['metadata'])
  );
}

/** The object in an answer. */
export function parseObject(body: Buffer): KubeObject {
  const value = parseJson(body);
  if (isObject(value)) return value;
  throw plumbError('kube.protocol', 'the API server answered with something that is not a Kubernetes object');
}
