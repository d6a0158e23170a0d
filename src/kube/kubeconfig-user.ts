import { dirname } from 'node:path';
import { plumbError } from '../errors.ts';
import { sensitive } from '../sensitive.ts';
import type { CredentialSource } from './config.ts';
import { fileCredentials, fixedCredentials, type CredentialFiles } from './credentials.ts';
import { isFields, type Decoder, type Fields } from './decode.ts';
import { execCredentials, type ExecPlugin, type ExecPolicy } from './exec-credentials.ts';
import { resolvePath, type KubeconfigEntry } from './kubeconfig.ts';
import type { User } from './types.ts';

/** Text of base64 PEM data, or undefined with a problem. */
export function pemData(decoder: Decoder, from: Fields, name: string, field: string): string | undefined {
  const data = decoder.text(from, name, field);
  if (data === undefined) return undefined;
  const text = Buffer.from(data, 'base64').toString('utf8');
  if (text.includes('-----BEGIN ')) return text;
  decoder.reject(`${field}.${name}`, 'is not base64 of a PEM file');
  return undefined;
}

/** How the user of a kubeconfig proves who they are. `cluster` is passed on to programs that ask for it. */
export function userCredentials(
  entry: KubeconfigEntry,
  decoder: Decoder,
  policy: ExecPolicy,
  cluster: Fields,
): CredentialSource {
  const { value, field } = entry;
  if (isFields(value['exec'])) return execCredentials(readExec(entry, value['exec'], decoder, cluster), policy);
  if (isFields(value['auth-provider'])) {
    throw plumbError('kube.config-invalid', 'auth-provider is gone from Kubernetes since 1.26', {
      where: { file: entry.file, field: `${field}.auth-provider` },
      hint: 'Use the exec plugin of your provider instead, or a token.',
    });
  }
  const token = decoder.text(value, 'token', field);
  const username = decoder.text(value, 'username', field);
  const password = decoder.text(value, 'password', field);
  const certificate = pemData(decoder, value, 'client-certificate-data', field);
  const key = pemData(decoder, value, 'client-key-data', field);
  const files: CredentialFiles = {
    // The file wins over the token, as in kubectl.
    ...pathOf(entry, decoder, 'tokenFile', 'token'),
    ...(certificate === undefined ? pathOf(entry, decoder, 'client-certificate', 'certificate') : {}),
    ...(key === undefined ? pathOf(entry, decoder, 'client-key', 'key') : {}),
  };
  const basic = username === undefined ? undefined : Buffer.from(`${username}:${password ?? ''}`).toString('base64');
  const authorization = token === undefined ? basic && `Basic ${basic}` : `Bearer ${token}`;
  const rest = {
    ...(authorization === undefined ? {} : { authorization: sensitive(authorization) }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key: sensitive(key) }),
  };
  return Object.keys(files).length === 0 ? fixedCredentials(rest) : fileCredentials(files, rest, policy.now);
}

function pathOf(
  entry: KubeconfigEntry,
  decoder: Decoder,
  name: string,
  as: keyof CredentialFiles,
): Partial<CredentialFiles> {
  const path = decoder.text(entry.value, name, entry.field);
  return path === undefined ? {} : { [as]: resolvePath(entry, path) };
}

function readExec(entry: KubeconfigEntry, exec: Fields, decoder: Decoder, cluster: Fields): ExecPlugin {
  const field = `${entry.field}.exec`;
  const environment: Record<string, string> = {};
  for (const [index, item] of decoder.list(exec['env'], `${field}.env`).entries()) {
    const at = `${field}.env[${index}]`;
    const variable = decoder.fields(item, at);
    const name = decoder.text(variable, 'name', at);
    if (name === undefined) decoder.reject(`${at}.name`, 'is missing');
    else environment[name] = decoder.text(variable, 'value', at) ?? '';
  }
  const args: string[] = [];
  for (const [index, argument] of decoder.list(exec['args'], `${field}.args`).entries()) {
    if (typeof argument === 'string') args.push(argument);
    else decoder.reject(`${field}.args[${index}]`, 'must be a string (put it in quotes)');
  }
  const command = decoder.text(exec, 'command', field);
  if (command === undefined) decoder.reject(`${field}.command`, 'is missing');
  if (exec['interactiveMode'] === 'Always') {
    decoder.reject(`${field}.interactiveMode`, 'Always needs a terminal, which Plumbline does not give it');
  }
  return {
    apiVersion: decoder.text(exec, 'apiVersion', field) ?? '',
    command: command ?? '',
    args,
    environment,
    cluster: decoder.flag(exec, 'provideClusterInfo', field) ? cluster : undefined,
    folder: dirname(entry.file),
  };
}

/** The user that a kubeconfig asks to act as. */
export function impersonatedUser(entry: KubeconfigEntry, decoder: Decoder): User | undefined {
  const { value, field } = entry;
  const username = decoder.text(value, 'as', field);
  const uid = decoder.text(value, 'as-uid', field);
  const groups = decoder.list(value['as-groups'], `${field}.as-groups`).map(String);
  const extra = Object.entries(decoder.fields(value['as-user-extra'], `${field}.as-user-extra`)).map(
    ([name, values]) => [name, decoder.list(values, `${field}.as-user-extra.${name}`).map(String)] as const,
  );
  if (username === undefined) {
    if (uid !== undefined || groups.length > 0 || extra.length > 0) {
      decoder.reject(`${field}.as`, 'is missing, but as-uid, as-groups or as-user-extra are set');
    }
    return undefined;
  }
  return { username, groups, ...(uid === undefined ? {} : { uid }), extra: Object.fromEntries(extra) };
}
