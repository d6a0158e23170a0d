import type { ForgeKind } from '../types.ts';
import { giteaOwners } from './gitea.ts';
import { gitLabOwners } from './gitlab.ts';
import { bitbucketCloudOwners, bitbucketDataCenterOwners, gitHubOwners } from './last-rule.ts';
import type { CodeOwners } from './types.ts';

/** Longer files are ignored by GitHub as a whole, and by us on every forge. */
const longestFile = 3 * 1024 * 1024;

const nobody: CodeOwners = { ownersOf: () => [], problems: [] };

/**
 * Reads a file with the owners of code (`Forge.codeOwnerFiles` says where it lies) as one product understands it. Never
 * throws: what is not understood is told line by line.
 */
export function parseCodeOwners(text: string, kind: ForgeKind): CodeOwners {
  if (text.length > longestFile) {
    return {
      ...nobody,
      problems: [{ line: 1, message: `the file is longer than ${longestFile} bytes and is ignored` }],
    };
  }
  switch (kind) {
    case 'GitHub':
      return gitHubOwners(text);
    case 'GitLab':
      return gitLabOwners(text);
    case 'Gitea':
    case 'Forgejo':
      return giteaOwners(text);
    case 'BitbucketDataCenter':
      return bitbucketDataCenterOwners(text);
    case 'BitbucketCloud':
      return bitbucketCloudOwners(text);
    // Azure DevOps has rules of its own in the settings of a branch, and no such file.
    case 'AzureDevOps':
      return nobody;
  }
}
