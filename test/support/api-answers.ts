import { Ajv2020 } from 'ajv/dist/2020.js';
import { describeApi } from '../../src/server/index.ts';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

/** Checks answers against the OpenAPI document. */
export interface AnswerCheck {
  /** What is wrong with an answer; empty where it is as the document says. */
  problems(method: string, path: string, status: number, mediaType: string, body: unknown): string[];
  /** Operations whose answers were checked, by their id. */
  readonly seen: ReadonlySet<string>;
  /** All operations of the document. */
  readonly operations: readonly string[];
}

/** A check by a validator that has nothing to do with the one that the server uses. */
export async function openAnswerCheck(): Promise<AnswerCheck> {
  const document = await describeApi('0.0.0-test');
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'https://api.test/document', ...document });
  const paths = Object.entries(document['paths'] as Record<string, Record<string, Operation>>).map(
    ([path, methods]) => ({
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      path,
      methods,
    }),
  );
  const seen = new Set<string>();
  return {
    seen,
    operations: paths.flatMap(({ methods }) => Object.values(methods).map(({ operationId }) => operationId)),
    problems(method, url, status, mediaType, body) {
      const [pathname = ''] = url.split('?');
      const found = paths.find(({ pattern, methods }) => pattern.test(pathname) && methods[method.toLowerCase()]);
      const operation = found?.methods[method.toLowerCase()];
      if (found === undefined || operation === undefined) return [`the document has no ${method} ${pathname}`];
      seen.add(operation.operationId);
      const content = operation.responses[String(status)]?.content;
      const [media = ''] = mediaType.split(';');
      if (content?.[media] === undefined) return [`${operation.operationId}: ${status} ${media} is not described`];
      const pointer = [
        'paths',
        found.path,
        method.toLowerCase(),
        'responses',
        String(status),
        'content',
        media,
        'schema',
      ]
        .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
        .join('/');
      const validate = ajv.getSchema(`https://api.test/document#/${pointer}`);
      if (validate === undefined) return [`${operation.operationId}: its schema is not found`];
      if (validate(body) === true) return [];
      return (validate.errors ?? []).map((error) => `${operation.operationId} ${error.instancePath}: ${error.message}`);
    },
  };
}
