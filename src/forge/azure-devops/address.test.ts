import fc from 'fast-check';
import { expect, test } from 'vitest';
import { repositoryPlace } from '../repository-place.ts';
import { azureAddress } from './address.ts';

const home = 'https://dev.azure.com/fabrikam';

// The forms of https://learn.microsoft.com/azure/devops/repos/git/clone and of its older names.
const forms: [string, string, string, string][] = [
  ['https://dev.azure.com/fabrikam/Fiber/_git/web', home, 'Fiber', 'web'],
  ['https://fabrikam@dev.azure.com/fabrikam/My%20Fiber/_git/web%20app', home, 'My Fiber', 'web app'],
  ['https://dev.azure.com/fabrikam/_git/web', home, 'web', 'web'],
  ['https://dev.azure.com/fabrikam/Fiber/_git/_full/web', home, 'Fiber', 'web'],
  ['https://dev.azure.com/fabrikam/Fiber/_git/_optimized/web', home, 'Fiber', 'web'],
  ['git@ssh.dev.azure.com:v3/fabrikam/Fiber/web', home, 'Fiber', 'web'],
  ['ssh://git@ssh.dev.azure.com/v3/fabrikam/My%20Fiber/web', home, 'My Fiber', 'web'],
  ['fabrikam@vs-ssh.visualstudio.com:v3/fabrikam/Fiber/web', home, 'Fiber', 'web'],
  ['https://fabrikam.visualstudio.com/Fiber/_git/web', home, 'Fiber', 'web'],
  ['https://fabrikam.visualstudio.com/DefaultCollection/Fiber/_git/web', home, 'Fiber', 'web'],
  ['https://fabrikam.visualstudio.com/_git/web', home, 'web', 'web'],
  ['https://fabrikam.visualstudio.com/DefaultCollection/_git/web', home, 'web', 'web'],
  ['https://tfs.example.com/tfs/Main/Fiber/_git/web', 'https://tfs.example.com/tfs/Main', 'Fiber', 'web'],
  ['https://tfs.example.com:8443/Main/Fiber/_git/web', 'https://tfs.example.com:8443/Main', 'Fiber', 'web'],
  ['https://tfs.example.com/Main/_git/web', 'https://tfs.example.com/Main', 'web', 'web'],
  ['ssh://tfs.example.com:22/tfs/Main/Fiber/_git/web', 'https://tfs.example.com/tfs/Main', 'Fiber', 'web'],
];

test.each(forms)('%s lies at %s in %s', (url, page, project, repository) => {
  expect(azureAddress(repositoryPlace(url))).toEqual({ home: new URL(page), project, repository });
});

test('which part is the collection and which the project, its address tells', () => {
  const place = repositoryPlace('https://tfs.example.com/tfs/Main/_git/web');
  expect(azureAddress(place)).toMatchObject({ project: 'Main' });
  const known = new URL('https://tfs.example.com/tfs/Main');
  expect(azureAddress(place, known)).toEqual({ home: known, project: 'web', repository: 'web' });
  const inside = new URL('https://inside.example.com/tfs/Main');
  expect(azureAddress(place, inside)?.home).toEqual(known);
  expect(azureAddress(repositoryPlace('ssh://tfs.example.com:22/tfs/Main/_git/web'), inside)?.home).toBe(inside);
});

test.each([
  'https://dev.azure.com/fabrikam/Fiber/web',
  'https://dev.azure.com/_git/web',
  'https://dev.azure.com/fabrikam/a/b/_git/web',
  'https://dev.azure.com/fabrikam/Fiber/_git/web/more',
  'git@ssh.dev.azure.com:v2/fabrikam/Fiber/web',
  'git@ssh.dev.azure.com:v3/fabrikam/Fiber',
  'https://tfs.example.com/_git/web',
])('%s is no repository there', (url) => {
  expect(azureAddress(repositoryPlace(url))).toBeUndefined();
});

test('all ways to write the URL of one repository lead to the same place, whatever it is called', () => {
  const organization = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
  // Neither a slash nor what the forms themselves are told by.
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter(
      (each) => !/[/\\\s]|^\.{1,2}$|^_|\.git$/.test(each) && !/^defaultcollection$/i.test(each) && each.isWellFormed(),
    );
  fc.assert(
    fc.property(organization, name, name, (owner, project, repository) => {
      const path = `${encodeURIComponent(project)}/_git/${encodeURIComponent(repository)}`;
      const ssh = `${owner}/${encodeURIComponent(project)}/${encodeURIComponent(repository)}`;
      const urls = [
        `https://dev.azure.com/${owner}/${path}`,
        `https://${owner}.visualstudio.com/DefaultCollection/${path}`,
        `ssh://git@ssh.dev.azure.com/v3/${ssh}`,
        `${owner}@vs-ssh.visualstudio.com:v3/${ssh}`,
      ];
      for (const url of urls) {
        expect(azureAddress(repositoryPlace(url))).toEqual({
          home: new URL(`https://dev.azure.com/${owner}`),
          project,
          repository,
        });
      }
    }),
  );
});
