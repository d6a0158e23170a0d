import { expect, test } from 'vitest';
import type { KubeObject } from '../../object.ts';
import type { Look } from './references.ts';
import { createTemplates } from './templates.ts';

interface Template {
  readonly namespace: string;
  readonly name: string;
  readonly url?: string;
  readonly sharedWith?: string;
}

/** The Secrets of a cluster, and how often their content was asked for. */
function cluster(templates: readonly Template[]): Look & { readonly read: string[] } {
  const read: string[] = [];
  const metadataOf = ({ namespace, name, sharedWith }: Template): KubeObject['metadata'] => ({
    namespace,
    name,
    resourceVersion: '1',
    annotations: sharedWith === undefined ? {} : { 'plumbline.dev/credentials-namespaces': sharedWith },
  });
  return {
    read,
    object: ({ namespace, name }) => {
      read.push(`${namespace}/${name}`);
      const found = templates.find((each) => each.namespace === namespace && each.name === name);
      if (found === undefined) return Promise.resolve(undefined);
      const data = found.url === undefined ? {} : { url: Buffer.from(found.url).toString('base64') };
      return Promise.resolve({ apiVersion: 'v1', kind: 'Secret', metadata: metadataOf(found), data });
    },
    templates: (namespaces) =>
      Promise.resolve(templates.filter(({ namespace }) => namespaces.includes(namespace)).map(metadataOf)),
  };
}

const found = (templates: readonly Template[], namespace: string, url: string): Promise<string | undefined> =>
  createTemplates({ systemNamespace: 'system', onProblem: () => {} })
    .find(cluster(templates), namespace, url)
    .then((reference) => (reference === undefined ? undefined : `${reference.namespace}/${reference.name}`));

const url = 'https://git.example.com/acme/app';

test('of several templates the one that says most is taken, then the one in the namespace, then the first by name', async () => {
  const host = { namespace: 'team', name: 'host', url: 'https://git.example.com' };
  const acme = { namespace: 'system', name: 'acme', url: 'https://git.example.com/acme', sharedWith: 'team' };
  const other = { namespace: 'team', name: 'other', url: 'https://other.example.com' };
  expect(await found([host, other], 'team', url)).toBe('team/host');
  expect(await found([host, acme, other], 'team', url)).toBe('system/acme');
  expect(await found([acme, { ...acme, namespace: 'team', name: 'own' }], 'team', url)).toBe('team/own');
  expect(
    await found(
      [
        { ...host, name: 'b' },
        { ...host, name: 'a' },
      ],
      'team',
      url,
    ),
  ).toBe('team/a');
  expect(await found([other], 'team', url)).toBeUndefined();
  expect(await found([], 'team', url)).toBeUndefined();
});

test('a template of the installation is for the namespaces that it names, and one of another team for nobody else', async () => {
  const shared = { namespace: 'system', name: 'shared', url: 'https://git.example.com' };
  for (const sharedWith of [undefined, '', 'tea', 'team-b', 'teams,xteam', '**']) {
    expect(
      await found([{ ...shared, ...(sharedWith === undefined ? {} : { sharedWith }) }], 'team', url),
    ).toBeUndefined();
  }
  for (const sharedWith of ['team', ' a , team ', '*']) {
    expect(await found([{ ...shared, sharedWith }], 'team', url)).toBe('system/shared');
  }
  // What a team writes on its own Secrets opens them to nobody.
  expect(await found([{ ...shared, namespace: 'mallory', sharedWith: '*' }], 'team', url)).toBeUndefined();
  expect(await found([{ ...shared, namespace: 'team', sharedWith: 'other' }], 'team', url)).toBe('team/shared');
});

test('a template without a URL that repositories lie below is told once, and is none', async () => {
  const told: string[] = [];
  const templates = createTemplates({ systemNamespace: 'system', onProblem: (template) => told.push(template) });
  const look = cluster([
    { namespace: 'team', name: 'none' },
    { namespace: 'team', name: 'bad', url: 'git.example.com' },
    { namespace: 'team', name: 'good', url: 'https://git.example.com' },
  ]);
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await templates.find(look, 'team', url)).toMatchObject({ name: 'good' });
  }
  expect(told.toSorted()).toEqual(['team/bad', 'team/none']);
  // What was read once is known for as long as it is the same version.
  expect(look.read).toHaveLength(3);
});
