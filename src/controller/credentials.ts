import type { Repository } from '../api/index.ts';
import { plumbError } from '../errors.ts';
import type { Connection } from '../git/index.ts';
import { type Sensitive, sensitive } from '../sensitive.ts';
import type { Look } from './references.ts';

/** What Git needs to be let in, and whose it is: mirrors are not shared between identities. */
export type RepositoryAccess = Connection & { readonly identity?: string };

/** The keys of a Secret, each under cover from the moment it is read. */
function decode(data: Readonly<Record<string, string>>): ReadonlyMap<string, Sensitive> {
  return new Map(
    Object.entries(data).map(([key, value]) => [key, sensitive(Buffer.from(value, 'base64').toString('utf8'))]),
  );
}

/**
 * The credentials of a Repository, from the Secret that it names. The keys are those of the mission's
 * GitOps namespaces, and the ones that Kubernetes and Flux use for the same things.
 * @throws PlumbError `controller.secret-missing`, `controller.secret-invalid`
 */
export async function readAccess(look: Look, repository: Repository): Promise<RepositoryAccess> {
  const name = repository.spec.secretRef?.name;
  if (name === undefined) return {};
  const { namespace } = repository.metadata;
  const where = { object: `Secret ${namespace}/${name}` };
  const secret = await look.object({ kind: 'Secret', namespace, name });
  if (secret === undefined) throw plumbError('controller.secret-missing', 'the Secret does not exist', { where });
  const keys = decode((secret as { data?: Readonly<Record<string, string>> }).data ?? {});
  const key = (...names: readonly string[]): Sensitive | undefined =>
    names.map((each) => keys.get(each)).find((value) => value !== undefined);

  const authority = key('ca.crt', 'caFile')?.reveal();
  const shared = {
    identity: `${namespace}/${name}`,
    ...(authority === undefined ? {} : { certificateAuthority: authority }),
  };
  const privateKey = key('id_rsa', 'id_ed25519', 'ssh-privatekey', 'identity');
  if (privateKey !== undefined) {
    const knownHosts = key('known_hosts');
    if (knownHosts === undefined) {
      throw plumbError('controller.secret-invalid', 'it holds an SSH key and no `known_hosts`', {
        where,
        hint: 'Add the key known_hosts with the lines of `ssh-keyscan HOST` that you have checked; host keys are never taken on trust.',
      });
    }
    const passphrase = key('passphrase', 'password');
    return {
      ...shared,
      credentials: {
        kind: 'ssh',
        privateKey,
        knownHosts: knownHosts.reveal(),
        ...(passphrase === undefined ? {} : { passphrase }),
      },
    };
  }
  const password = key('token', 'password');
  if (password === undefined) {
    throw plumbError('controller.secret-invalid', 'it holds none of token, password and id_rsa', {
      where,
      hint: 'Put `token` (or `username` and `password`) into it for HTTPS, or `id_rsa` and `known_hosts` for SSH.',
    });
  }
  const username = key('username')?.reveal();
  return { ...shared, credentials: { kind: 'https', password, ...(username === undefined ? {} : { username }) } };
}
