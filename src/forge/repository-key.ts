/** Hosts under which a product is reached besides its own name: over SSH through a firewall, or by an old name. */
const otherNames: Readonly<Record<string, string>> = {
  'ssh.github.com': 'github.com',
  'altssh.gitlab.com': 'gitlab.com',
  'altssh.bitbucket.org': 'bitbucket.org',
  'ssh.dev.azure.com': 'dev.azure.com',
  'vs-ssh.visualstudio.com': 'dev.azure.com',
  'index.docker.io': 'docker.io',
  'registry-1.docker.io': 'docker.io',
  'registry.hub.docker.com': 'docker.io',
};

const longest = 2048;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unprintable = /[\u0000-\u001f\u007f]/;
const urlPattern = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/[\]]+)(?::\d*)?\/(.+)$/i;
const scpPattern = /^(?:[^@:/]+@)?(\[[^\]]*\]|[^:/@[\]]+):(?!\/\/)(.+)$/;

/**
 * One text for all URLs of the same repository: HTTPS, SSH, `user@host:path`, with `.git` or without, in whatever
 * case. Ports and users differ between the ways to one repository, and are left out: two repositories on one host
 * that differ in nothing else get the same key, for which one of them is looked at in vain. Undefined where the text
 * is no such URL.
 */
export function repositoryKey(text: string): string | undefined {
  if (text.length > longest || unprintable.test(text)) return undefined;
  if (text.startsWith('file://')) return text.replace(/\/+$/, '');
  const [, host, path] = urlPattern.exec(text) ?? scpPattern.exec(text) ?? [];
  if (host === undefined || path === undefined) return undefined;
  const name = otherNames[host.toLowerCase()] ?? host.toLowerCase();
  const plain = decoded(path)
    .replaceAll(/\/{2,}/g, '/')
    .replace(/^\//, '')
    .replace(/\/$/, '')
    .replace(/\.git$/i, '')
    .toLowerCase();
  if (plain === '') return undefined;
  return azureKey(name, plain) ?? `${name}/${plain}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Azure DevOps has one path over SSH, another over HTTPS, and two more under the name that it had before. */
function azureKey(host: string, path: string): string | undefined {
  const old = /^([^.]+)\.visualstudio\.com$/.exec(host);
  if (host !== 'dev.azure.com' && old === null) return undefined;
  const full = old === null ? path : `${old[1]}/${path.replace(/^defaultcollection\//, '')}`;
  const ssh = /^v3\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(full);
  if (ssh !== null) return `dev.azure.com/${ssh[1]}/${ssh[2]}/_git/${ssh[3]}`;
  // A repository that is named like its project may be written without the project.
  const short = /^([^/]+)\/_git\/([^/]+)$/.exec(full);
  if (short !== null) return `dev.azure.com/${short[1]}/${short[2]}/_git/${short[2]}`;
  return `dev.azure.com/${full}`;
}
