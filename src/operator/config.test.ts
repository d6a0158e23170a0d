import { expect, test } from 'vitest';
import { PlumbError } from '../errors.ts';
import { parseOperatorConfig } from './config.ts';

const autopilot = `
gitSync:
  enabled: true
  org: solo-io
  branch: dev
  credentials: mygitcredentials.github_token
  repository: autopilot
`;

function problemsOf(input: unknown): readonly string[] {
  try {
    parseOperatorConfig(input);
  } catch (error) {
    if (!(error instanceof PlumbError)) throw error;
    return error.problems.map(({ where, message }) => `${where?.field}: ${message}`);
  }
  return [];
}

test("the block of Autopilot's documentation, and the repository that it lacks", () => {
  expect(parseOperatorConfig(autopilot)).toEqual({
    enableLeaderElection: true,
    gitSync: {
      enabled: true,
      url: 'https://github.com/solo-io/autopilot',
      branch: 'dev',
      credentials: { secret: 'mygitcredentials', key: 'github_token' },
      username: undefined,
      layout: 'object',
      path: '',
      mode: 'commit',
      forge: undefined,
      format: 'json',
      signing: undefined,
      author: undefined,
    },
  });
});

test('nothing at all is a configuration: of an operator that writes to the cluster', () => {
  expect(parseOperatorConfig('')).toEqual({ enableLeaderElection: true });
  expect(parseOperatorConfig({ gitSync: { enabled: false } })).toEqual({
    enableLeaderElection: true,
    gitSync: { enabled: false },
  });
});

test('a repository anywhere is named by its URL, and one that needs no credentials has none', () => {
  const gitSync = { enabled: true, repository: 'ssh://git@example.org/apps.git', branch: 'main' };
  expect(parseOperatorConfig({ gitSync }).gitSync).toMatchObject({
    url: 'ssh://git@example.org/apps.git',
    credentials: undefined,
  });
});

test('a key may have a dot in its name', () => {
  const gitSync = { enabled: true, org: 'a', repository: 'b', branch: 'main', credentials: 'git.github.token' };
  expect(parseOperatorConfig({ gitSync }).gitSync).toMatchObject({
    credentials: { secret: 'git', key: 'github.token' },
  });
});

test('everything that is wrong is told at once', () => {
  const gitSync = { enabled: true, repository: 'apps', credentials: 'noKey', mode: 'merge', colour: 'red' };
  const problems = problemsOf({ gitSync, workInterval: '5s', watchNamespace: 'No Name' });
  expect(
    problems.map((line) => line.split(':')[0]).toSorted((one = '', other = '') => one.localeCompare(other)),
  ).toEqual([
    'gitSync.branch',
    'gitSync.colour',
    'gitSync.credentials',
    'gitSync.mode',
    'gitSync.org',
    'watchNamespace',
    'workInterval',
  ]);
});

test('what is no YAML, and what is no map, is refused', () => {
  expect(problemsOf('gitSync: [')).toHaveLength(1);
  expect(problemsOf('- a')).not.toHaveLength(0);
  expect(problemsOf({ gitSync: 'yes' })).toHaveLength(1);
});
