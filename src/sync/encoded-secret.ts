import type { KubeObject } from '../object.ts';

/**
 * The server turns `stringData` into `data` when it stores a Secret, and then nobody owns the field that
 * holds the value: a change of it would go unseen. So it is turned here.
 */
export function withEncodedSecret(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object;
  const { stringData, ...rest } = object;
  if (stringData === null || typeof stringData !== 'object') return object;
  const data: Record<string, unknown> = { ...(rest.data as Readonly<Record<string, unknown>> | undefined) };
  for (const [name, value] of Object.entries(stringData)) {
    // What is no text is left for the server to refuse.
    if (value !== null && typeof value !== 'string') return object;
    data[name] = Buffer.from(value ?? '', 'utf8').toString('base64');
  }
  return { ...rest, data };
}
