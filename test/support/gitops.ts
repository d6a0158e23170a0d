import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Operation, Repository } from '../../src/api/index.ts';
import type {
  ChangeRequest,
  ChangeResult,
  GitObject,
  ObjectChange,
  SubmitOptions,
} from '../../src/controller/index.ts';
import { PlumbError } from '../../src/errors.ts';
import { type GitServer, type Push, startGitServer } from '../../src/local/index.ts';
import type { KubeObject, ObjectKey } from '../../src/object.ts';
import type { Renderer } from '../../src/render/index.ts';
import { testRepository } from './git-workshop.ts';
import { type ControllerBench, openControllerBench } from './controller.ts';
import type { SeenObject } from './kube-call.ts';
import { lifetime, limit } from './limit.ts';

const run = promisify(execFile);

/** A namespace with a repository on a Git server that asks for a password, and users with rights in it. */
export interface GitOpsBench extends Omit<ControllerBench, 'repository' | 'createRepository' | 'start'> {
  readonly server: GitServer;
  /** URL of the repository `models`. */
  readonly url: string;
  readonly pushes: readonly Push[];
  /** Name of a user who may edit the namespace. */
  readonly editor: string;
  /** Lets a user do something with resources of Plumbline in the namespace. */
  allow(user: string, resources: readonly string[], verbs: readonly string[]): Promise<void>;
  /** Runs git in the repository of the server; answers with its output. */
  git(...args: string[]): Promise<string>;
  /** Subjects of all commits of a branch, the oldest first. */
  subjects(branch?: string): Promise<readonly Readonly<Record<string, string>>[]>;
  /** Pushes files to the branch as a person would, null for one that goes; answers with the commit. */
  push(files: Readonly<Record<string, string | null>>, message: string, branch?: string): Promise<string>;
  /** The JSON in a file of the branch. */
  file(path: string, branch?: string): Promise<unknown>;
  /** Labels and annotates the namespace; null takes one away. */
  label(
    labels: Readonly<Record<string, string | null>>,
    annotations?: Readonly<Record<string, string | null>>,
  ): Promise<void>;
  /** Makes the Secret with the password of the server, under the name that is looked for by itself. */
  createSecret(name?: string): Promise<void>;
  /** Creates the Repository `apps`, or one of another name, of the server's with its password. */
  createRepository(spec?: Partial<Repository['spec']>, name?: string): Promise<void>;
  /** Has the controller look at a Repository now, for this commit. */
  refresh(commit: string, name?: string): Promise<void>;
  /** Starts a controller, and has Git maintain the namespace. */
  start(options?: Parameters<ControllerBench['start']>[0]): Promise<ReturnType<ControllerBench['start']>>;
  /** Sends a change of the editor, as soon as the namespace is taken up. */
  submit(
    controller: Pick<ReturnType<ControllerBench['start']>, 'changes'>,
    changes: readonly ObjectChange[],
    more?: Partial<ChangeRequest>,
    options?: Partial<SubmitOptions>,
  ): Promise<ChangeResult>;
  /** Starts a controller, and leaves the namespace as it is. */
  startPlain: ControllerBench['start'];
  /** An object as Git has it now. */
  read(
    controller: Pick<ReturnType<ControllerBench['start']>, 'gitops'>,
    name: Omit<ObjectKey, 'namespace'>,
  ): Promise<GitObject>;
  /** The Operations of the namespace, the oldest first. */
  operations(): Promise<readonly OperationSeen[]>;
  configMaps(): string;
}

/** As much of an Operation as the tests look at. */
export type OperationSeen = Pick<Operation, 'spec' | 'status'>;

/** A ConfigMap with one value. */
export function configMap(name: string, data: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/** Whether an object of a collection has this value. */
export function hasValue(name: string, key: string, value: string): (seen: SeenObject) => boolean {
  return (seen) => seen.metadata.name === name && seen.data?.[key] === value;
}

/** Opens all of it; a renderer that is given stays the caller's. */
export async function openGitOpsBench(prefix: string, shared?: Renderer): Promise<GitOpsBench> {
  // Opened before the controllers, Git is there until they have ended.
  await using opening = new AsyncDisposableStack();
  const root = await mkdtemp(join(tmpdir(), 'plumbline-gitops-'));
  opening.defer(() => rm(root, { recursive: true, force: true }));
  const pushes: Push[] = [];
  const server = opening.adopt(
    await startGitServer({ root, protect: true, onPush: (push) => pushes.push(push), signal: lifetime() }),
    (started) => started.close(),
  );
  const bench = opening.adopt(await openControllerBench(prefix, shared === undefined ? {} : { shared }), (opened) =>
    opened.close(),
  );
  await server.create('models');
  const { namespace, kube } = bench;
  const editor = `editor-${namespace}`;
  await kube.call('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'editor', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: editor }],
  });
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', ['-C', server.directory('models'), ...args], { maxBuffer: 1 << 26 })).stdout.trim();

  const label: GitOpsBench['label'] = async (labels, annotations = {}) => {
    await kube.call('PATCH', `/api/v1/namespaces/${namespace}`, { metadata: { labels, annotations } });
  };

  const createSecret: GitOpsBench['createSecret'] = async (name = 'git-creds') => {
    const { username, password } = server.credentials ?? {};
    await kube.call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      stringData: { username, email: 'service@example.org', token: password?.reveal() },
    });
  };

  let credentials: Promise<void> | undefined;
  const opened = opening.move();
  return {
    ...bench,
    server,
    url: server.url('models'),
    pushes,
    editor,
    git,
    async subjects(branch = 'main') {
      const lines = (await git('log', '--reverse', '--format=%s', branch)).split('\n');
      return lines.map((line) => JSON.parse(line) as Readonly<Record<string, string>>);
    },
    async push(files, message, branch = 'main') {
      const directory = server.directory('models');
      return testRepository('models', directory, server.url('models')).commit(files, { message, branch });
    },
    async allow(user, resources, verbs) {
      const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
      const own = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: `own-${user}` } };
      const rules = [{ apiGroups: ['plumbline.dev'], resources, verbs }];
      await kube.call('POST', `${path}/roles`, { ...own, kind: 'Role', rules });
      await kube.call('POST', `${path}/rolebindings`, {
        ...own,
        kind: 'RoleBinding',
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: `own-${user}` },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
      });
    },
    file: async (path, branch = 'main') => JSON.parse(await git('show', `${branch}:${path}`)) as unknown,
    label,
    createSecret,
    async createRepository(spec = {}, name = 'apps') {
      await (credentials ??= createSecret('creds'));
      await bench.createRepository({ url: server.url('models'), secretRef: { name: 'creds' }, ...spec }, name);
    },
    async refresh(commit, name = 'apps') {
      await kube.call('PATCH', `/apis/plumbline.dev/v1alpha1/namespaces/${namespace}/repositories/${name}`, {
        metadata: { annotations: { 'plumbline.dev/requestedAt': commit } },
      });
    },
    async start(options = {}) {
      await createSecret();
      await label({ 'plumbline.dev/gitops': 'enabled' }, { 'plumbline.dev/git-repo': server.url('models') });
      const controller = bench.start(options);
      await controller.started;
      return controller;
    },
    async submit(controller, changes, more = {}, options = {}) {
      const parts = controller.changes();
      if (parts === undefined) throw new Error('the controller does not lead');
      const user = { username: editor, email: 'editor@example.org', groups: ['system:authenticated'] };
      const wish = { signal: limit(), ...options };
      for (;;) {
        try {
          return await parts.submit({ namespace, user, changes, ...more }, wish);
        } catch (error) {
          // As its hint says: it has waited for the Repository, and is sent again.
          if (!(error instanceof PlumbError) || error.code !== 'controller.gitops-starting') throw error;
          wish.signal.throwIfAborted();
        }
      }
    },
    startPlain: (options) => bench.start(options),
    async read(controller, name) {
      const gitops = controller.gitops();
      const settings = gitops?.settingsOf(namespace);
      if (gitops === undefined || settings === undefined) throw new Error('Git does not maintain the namespace');
      const found = await gitops.objects.get(settings, { ...name, namespace }, { signal: limit() });
      if (found === undefined) throw new Error(`${name.kind} ${name.name} is not in Git`);
      return found;
    },
    async operations() {
      const path = `/apis/plumbline.dev/v1alpha1/namespaces/${namespace}/operations`;
      const { items = [] } = await kube.call('GET', path);
      return items as unknown as readonly OperationSeen[];
    },
    configMaps: () => `/api/v1/namespaces/${namespace}/configmaps`,
    close: () => opened.disposeAsync(),
  };
}
