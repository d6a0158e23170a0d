import type { Transport } from './url.ts';

/**
 * Settings that hold for every call of Git, above any configuration file: nothing that lies in a repository
 * can make Git run a program, ask a person, or talk to anybody but the server that it was sent to.
 */
const settings: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.askPass', ''],
  ['core.alternateRefsCommand', ''],
  ['core.logAllRefUpdates', 'false'],
  // A mirror is a cache: after a loss of power it is fetched anew where it is damaged, so nothing waits for the disk.
  ['core.fsync', 'none'],
  ['core.bigFileThreshold', '64m'],
  // An empty value forgets the helpers of every other configuration.
  ['credential.helper', ''],
  ['credential.interactive', 'false'],
  ['protocol.version', '2'],
  ['protocol.allow', 'never'],
  ['http.sslVerify', 'true'],
  // A server that sends nothing at all for a minute is gone; the keep-alive of a busy one is 5 bytes in 5 s.
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '60'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  // Whatever comes is written to one growing file, which can be watched, and never unpacked in memory.
  ['fetch.unpackLimit', '1'],
  ['transfer.credentialsInUrl', 'die'],
  ['transfer.bundleURI', 'false'],
  ['color.ui', 'false'],
  ['advice.objectNameWarning', 'false'],
];

/** What one call of Git may do beyond reading the mirror. */
export interface EnvironmentOptions {
  /** The one transport that Git may use; none where it is undefined. */
  readonly transport?: Transport;
  /** More settings, as `-c` would give them. None of them may be secret. */
  readonly settings?: readonly (readonly [string, string])[];
  /** More variables. None of them may be secret. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** The whole environment of a call of Git: nothing of this process' own goes along but where programs are found. */
export function gitEnvironment(options: EnvironmentOptions = {}): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    // Messages are read by a program.
    LC_ALL: 'C.UTF-8',
    LANGUAGE: '',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_DEFAULT_REF_FORMAT: 'files',
    // Ssh without our own configuration would read the user's.
    GIT_SSH_COMMAND: 'ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes',
    GIT_SSH_VARIANT: 'ssh',
    GIT_ALLOW_PROTOCOL: options.transport ?? 'none',
    ...options.variables,
  };
  const all = [...settings, ...(options.settings ?? [])];
  environment['GIT_CONFIG_COUNT'] = String(all.length);
  for (const [index, [key, value]] of all.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return environment;
}
