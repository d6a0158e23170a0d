import { beforeAll, expect, test } from 'vitest';
import { installCrds } from '../../test/support/crds.ts';
import { kubeOfFile, namespaceOfFile } from '../../test/support/kube-client.ts';

const kube = kubeOfFile();
const namespace = namespaceOfFile('crd');
const path = `/apis/plumbline.dev/v1alpha1/namespaces/${namespace}`;

beforeAll(async () => {
  await installCrds(kube);
});

const application = (name: string, spec: object) => ({
  apiVersion: 'plumbline.dev/v1alpha1',
  kind: 'Application',
  metadata: { name, namespace },
  spec: { source: { repositoryRef: { name: 'apps' } }, ...spec },
});

const repository = (name: string, spec: object) => ({
  apiVersion: 'plumbline.dev/v1alpha1',
  kind: 'Repository',
  metadata: { name, namespace },
  spec: { url: 'https://git.example/apps.git', ...spec },
});

test('the API server fills in the defaults', async () => {
  const made = await kube.call('POST', `${path}/applications`, application('defaults', {}));
  expect(made.spec).toMatchObject({
    source: { path: '.' },
    sync: { automated: true, prune: true, pruneLimit: { percent: 50 }, drift: 'Revert', validation: 'Server' },
    deletionPolicy: 'Orphan',
    suspend: false,
  });
  expect((await kube.call('POST', `${path}/repositories`, repository('defaults', {}))).spec).toMatchObject({
    interval: '1m',
  });
});

test.each<[string, object, string]>([
  [
    'two kinds of source',
    { source: { repositoryRef: { name: 'a' }, helm: {}, kustomize: {} } },
    'give one of directory, kustomize, helm and jsonnet',
  ],
  [
    'two references',
    { source: { repositoryRef: { name: 'a' }, ref: { branch: 'a', tag: 'b' } } },
    'give one of branch, tag, semver, commit and digest',
  ],
  [
    'a path that leaves the repository',
    { source: { repositoryRef: { name: 'a' }, path: '../secrets' } },
    'the path may not leave the repository',
  ],
  ['an absolute path', { source: { repositoryRef: { name: 'a' }, path: '/etc' } }, 'remove the leading /'],
  [
    'both source and sources',
    { sources: [{ repositoryRef: { name: 'a' }, path: '.' }] },
    'give either source or sources, and not both',
  ],
  ['neither source nor sources', { source: undefined }, 'give either source or sources, and not both'],
  ['no sources', { source: undefined, sources: [] }, 'spec.sources'],
  [
    'two sources of the same name',
    {
      source: undefined,
      sources: [
        { name: 'a', repositoryRef: { name: 'a' }, path: '.' },
        { name: 'a', repositoryRef: { name: 'b' } },
      ],
    },
    'two sources have the same name',
  ],
  [
    'a source that is neither rendered nor read',
    { source: undefined, sources: [{ repositoryRef: { name: 'a' }, path: '.' }, { repositoryRef: { name: 'b' } }] },
    'give it a path or a chart to be rendered, or a name',
  ],
  [
    'nothing to render',
    { source: undefined, sources: [{ name: 'a', repositoryRef: { name: 'a' } }] },
    'none of the sources has a path or a chart',
  ],
  ['a drift policy that there is not', { sync: { drift: 'Maybe' } }, 'Unsupported value'],
  ['a percentage over a hundred', { sync: { pruneLimit: { percent: 101 } } }, 'spec.sync.pruneLimit.percent'],
])('an Application with %s is refused with a sentence that says what to do', async (_what, spec, sentence) => {
  await expect(kube.call('POST', `${path}/applications`, application('wrong', spec))).rejects.toThrow(sentence);
});

test.each<[string, object, string]>([
  ['credentials in its URL', { url: 'https://me:secret@git.example/apps' }, 'put them into a Secret'],
  ['a URL that Git cannot fetch', { url: 'ext::sh -c id' }, 'the URL has to begin with https://'],
  ['a type that its URL is not of', { url: 'oci://git.example/apps', type: 'Git' }, 'make the type OCI'],
  ['a registry that is none', { type: 'OCI' }, 'the URL of an artifact begins with oci://'],
  [
    'hosts for the credentials of Git',
    { url: 'https://git.example/apps', credentialHosts: ['other.example'] },
    'go to its own host alone',
  ],
  [
    'the identity of a commit',
    { url: 'https://git.example/apps', verify: { keysRef: { name: 'keys' }, identities: ['ghcr.io/a/b'] } },
    'verify.identities is for registries',
  ],
  ['an interval that is none', { interval: 'often' }, 'spec.interval'],
  ['a short commit id', { ref: { commit: 'abc' } }, 'spec.ref.commit'],
])('a Repository with %s is refused', async (_what, spec, sentence) => {
  await expect(kube.call('POST', `${path}/repositories`, repository('wrong', spec))).rejects.toThrow(sentence);
});

test.each([
  'https://git.example/a',
  'ssh://git@git.example:22/a',
  'git@git.example:team/a.git',
  'file:///srv/git/a',
  'oci://ghcr.io/a/b',
])('a Repository at %s is taken', async (url) => {
  await kube.call('POST', `${path}/repositories?dryRun=All`, repository('right', { url }));
});
