import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { as, testAuthorizer, testContext } from '../../../test/support/api.ts';
import { openAnswerCheck } from '../../../test/support/api-answers.ts';
import { testViews } from '../../../test/support/views.ts';
import { parseApplication } from '../../api/index.ts';
import { createApi } from './create-api.ts';
import { describeApi } from './describe.ts';

interface Fields {
  readonly [name: string]: unknown;
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

test('the document is one of OpenAPI 3.1, by a validator of others', async () => {
  const document = await describeApi('1.2.3');
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
  expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
});

test('every operation, parameter and field is described, and every operation has a name of its own', async () => {
  const document = await describeApi('1.2.3');
  const undescribed: string[] = [];
  const names: unknown[] = [];
  const need = (place: string, described: unknown): void => {
    if (typeof fieldsOf(described)['description'] !== 'string') undescribed.push(place);
  };
  const look = (place: string, schema: unknown): void => {
    for (const [name, each] of Object.entries(fieldsOf(fieldsOf(schema)['properties']))) {
      if (fieldsOf(each)['$ref'] === undefined) need(`${place}.${name}`, each);
      look(`${place}.${name}`, each);
    }
    const { items } = fieldsOf(schema);
    if (items !== undefined) look(`${place}[]`, items);
  };
  for (const [path, methods] of Object.entries(fieldsOf(document['paths']))) {
    for (const [method, operation] of Object.entries(fieldsOf(methods))) {
      const place = `${method} ${path}`;
      const { operationId, parameters, responses, requestBody } = fieldsOf(operation);
      names.push(operationId);
      need(place, operation);
      for (const parameter of parameters as Fields[]) need(`${place} ${String(parameter['name'])}`, parameter);
      for (const [status, response] of Object.entries(fieldsOf(responses))) {
        need(`${place} ${status}`, response);
        for (const content of Object.values(fieldsOf(fieldsOf(response)['content'])))
          look(`${place} ${status}`, fieldsOf(content)['schema']);
      }
      for (const content of Object.values(fieldsOf(fieldsOf(requestBody)['content'])))
        look(`${place} body`, fieldsOf(content)['schema']);
    }
  }
  for (const [name, schema] of Object.entries(fieldsOf(fieldsOf(document['components'])['schemas']))) {
    need(name, schema);
    look(name, schema);
  }
  expect(undescribed).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

const application = (namespace: string, name: string) =>
  parseApplication({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { namespace, name, uid: `${namespace}-${name}` },
    spec: { source: { repositoryRef: { name: 'apps' }, path: '.' } },
  });

test('ten thousand Applications come in pages, in order, each once, and only those that may be seen', async () => {
  const views = testViews();
  for (let number = 0; number < 10_000; number += 1) {
    const namespace = `team-${number % 10}`;
    const name = `app-${String(number).padStart(5, '0')}`;
    views.all.set(`${namespace}/${name}`, application(namespace, name));
  }
  let asked = 0;
  const authorizer = testAuthorizer((user, { namespace }) => {
    asked += 1;
    return user.username === 'all' || namespace === 'team-3';
  });
  const app = await createApi(testContext({ views: () => views, authorizer }));
  const check = await openAnswerCheck();
  const read = async (user: string) => {
    const names: string[] = [];
    let url: string | undefined = '/api/v1/applications?limit=1000';
    while (url !== undefined) {
      const answer: Awaited<ReturnType<typeof app.inject>> = await app.inject({ url, headers: as(user) });
      const body = answer.json<{ items: { metadata: { namespace: string; name: string } }[]; next?: string }>();
      names.push(...body.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
      if (names.length <= 1000)
        expect(check.problems('GET', url, 200, String(answer.headers['content-type']), body)).toEqual([]);
      url = body.next === undefined ? undefined : `/api/v1/applications?limit=1000&cursor=${body.next}`;
      // What goes in between moves no page.
      views.all.delete(names[0] ?? '');
    }
    return names;
  };
  const everything = await read('all');
  expect(everything).toHaveLength(10_000);
  expect(everything).toEqual([...new Set(everything)].toSorted());
  asked = 0;
  const some = await read('jane');
  expect(some).toHaveLength(1_000);
  expect(some.every((name) => name.startsWith('team-3/'))).toBe(true);
  // One question for all namespaces and one for each, and none for each Application.
  expect(asked).toBeLessThanOrEqual(22);
});
