import type { CatalogueEntry } from './entry.ts';

/** Git. */
export const gitErrors = {
  'git.missing': {
    summary: "Git's command line is not installed, or is too old.",
    hint: 'Install Git 2.37 or newer and see that it stands on the PATH.',
    transient: false,
  },
  'git.url-invalid': {
    summary: 'The URL of a repository is not one that Plumbline can read from.',
    hint: 'Use `https://host/path`, `ssh://user@host/path` or `user@host:path`.',
    transient: false,
  },
  'git.url-credentials': {
    summary: 'The URL of a repository holds a user name, a password or a token.',
    hint: 'Take them out of the URL and put them into a Secret that the Repository names in `secretRef`.',
    transient: false,
  },
  'git.protocol-refused': {
    summary: 'The URL of a repository uses a transport that is not allowed here.',
    hint: 'Use https:// or SSH; plain http:// and file:// have to be allowed by whoever runs Plumbline.',
    transient: false,
  },
  'git.credentials-invalid': {
    summary: 'The credentials of a repository cannot be used as they are written.',
    hint: 'Mend the Secret; docs/repositories.md shows the keys that it needs for HTTPS and for SSH.',
    transient: false,
  },
  'git.auth-failed': {
    summary: 'The server refused the credentials, or asks for some where there are none.',
    hint: 'See that the token or key is valid, not expired, and may read this repository.',
    transient: true,
  },
  'git.host-key': {
    summary: 'The SSH server showed a host key that `known_hosts` does not hold.',
    hint: 'Compare the key with the one that the forge publishes, and put that one into `known_hosts` in the Secret.',
    transient: false,
  },
  'git.certificate': {
    summary: 'The TLS certificate of the server could not be verified.',
    hint: 'Put the certificate authority of the server into `ca.crt` in the Secret.',
    transient: false,
  },
  'git.redirected': {
    summary: 'The server sends the reader to another URL, and credentials are not carried there.',
    hint: 'Write the final URL; GitLab, for one, wants the path to end in `.git`.',
    transient: false,
  },
  'git.repository-not-found': {
    summary: 'The server knows no such repository, or does not show it to these credentials.',
    hint: 'See that the URL is right, and that the credentials may read the repository.',
    transient: true,
  },
  'git.unreachable': {
    summary: 'The server did not answer, or the connection was lost.',
    hint: 'It is tried again by itself; see that the server is up and that this machine reaches it.',
    transient: true,
  },
  'git.ref-invalid': {
    summary: 'The branch, tag, version range or commit that was asked for is not well formed.',
    hint: 'Give exactly one of `branch`, `tag`, `semver` (an npm range such as `>=1.2 <2`) or `commit` (the full id).',
    transient: false,
  },
  'git.ref-not-found': {
    summary: 'The repository does not have the branch, tag, version or commit that was asked for.',
    hint: 'Push it, or ask for one that exists; what is in the cluster stays as it is meanwhile.',
    transient: true,
  },
  'git.not-a-commit': {
    summary: 'The tag names a file or a folder and not a commit.',
    hint: 'Move the tag to a commit, or ask for another one.',
    transient: false,
  },
  'git.disk-full': {
    summary: 'There was no room on the disk for what had to be fetched.',
    hint: 'Free some room where the mirrors are kept; what was fetched before stays readable, and the fetch is tried again.',
    transient: true,
  },
  'git.damaged': {
    summary: 'The mirror of a repository on this machine is damaged and could not be fetched anew.',
    hint: 'See the cause; it is tried again by itself. Deleting the cache folder is always safe.',
    transient: true,
  },
  'git.locked': {
    summary: 'Another process kept the mirror of a repository busy for too long.',
    hint: 'It is tried again by itself; see which process the message names.',
    transient: true,
  },
  'git.too-large': {
    summary: 'A file, a listing, a comparison or a fetch is larger than the limit.',
    hint: 'Keep large files out of the repository, or raise the limit that the message names.',
    transient: false,
  },
  'git.path-outside': {
    summary: 'A path, or a symbolic link, leads out of the repository.',
    hint: 'Keep paths and links inside the repository: nothing outside of it is ever read.',
    transient: false,
  },
  'git.link-loop': {
    summary: 'Symbolic links of the repository lead round in a circle.',
    hint: 'Mend or remove the link that the message names.',
    transient: false,
  },
  'git.submodule': {
    summary: 'The path lies in a submodule, and submodules of this Repository are not read.',
    hint: 'Allow it with `spec.submodules: true`, or make the other repository a Repository of its own.',
    transient: false,
  },
  'git.submodule-invalid': {
    summary:
      'A submodule cannot be read as `.gitmodules` names it: no URL or one that is not allowed, too many, too deep.',
    hint: 'Correct `.gitmodules`; docs/repositories.md tells which URLs a submodule may have.',
    transient: false,
  },
  'git.submodule-fetching': {
    summary: 'A submodule is fetched for the first time, and that takes longer than a reader waits.',
    hint: 'Nothing is to be done: it is tried again by itself.',
    transient: true,
  },
  'git.submodule-unavailable': {
    summary: 'The commit of a submodule that the repository records could not be fetched.',
    hint: 'See that the commit was pushed to the submodule, and that Plumbline may read it.',
    transient: true,
  },
  'git.lfs-pointer': {
    summary: 'The file is kept in Git LFS, and only its pointer lies in the repository.',
    hint: 'Keep manifests and charts in Git itself (`git lfs untrack`, then commit them again).',
    transient: false,
  },
  'git.invalid-object': {
    summary: 'An object of the repository is malformed, so that Git itself would not check it out.',
    hint: 'Run `git fsck` in a clone, and rewrite the commit that it names.',
    transient: false,
  },
  'git.no-clone': {
    summary: 'The folder is no clone of a Git repository, and lies in none.',
    hint: 'Run the command in a clone, or name one with --clone.',
    transient: false,
  },
  'git.clone-incomplete': {
    summary: 'The clone does not hold a commit or file that is needed: it was made shallow, or without all files.',
    hint: 'Fetch what is missing, as with `git fetch --unshallow`; a pipeline has to be told to (docs/pull-requests.md).',
    transient: false,
  },
  'git.no-merge-base': {
    summary: 'Two commits have no history in common.',
    hint: 'See that both are of the same repository; compare them as they are with --direct.',
    transient: false,
  },
  'git.failed': {
    summary: 'Git ended with an error that Plumbline does not know.',
    hint: "Git's own words are in the message.",
    transient: true,
  },
  'git.keys-invalid': {
    summary: 'The public keys that signatures are verified with cannot be used.',
    hint: 'Put armoured OpenPGP public keys, or lines of allowed_signers, into the Secret or ConfigMap that `spec.verify.keysRef` names; docs/verification.md shows both.',
    transient: false,
  },
  'git.verifier-missing': {
    summary: 'A program that Git verifies signatures with is not installed.',
    hint: 'Install GnuPG (`gpg`) for OpenPGP signatures, and OpenSSH (`ssh-keygen`) for SSH signatures, where Plumbline runs.',
    transient: true,
  },
  'git.unsigned': {
    summary: 'A commit or tag is not signed, and the Repository accepts signed ones only.',
    hint: 'Sign it (`git commit -S`, `git tag -s`) and push again; the cluster stays at the last commit that was accepted.',
    transient: false,
  },
  'git.signature-bad': {
    summary: 'The signature of a commit or tag does not belong to it, or cannot be verified.',
    hint: 'Find out who pushed it; sign it anew with OpenPGP or SSH, once and with a digest of today.',
    transient: false,
  },
  'git.signer-unknown': {
    summary: 'A commit or tag is signed with a key that was not given.',
    hint: 'Add the public key of the signer to the Secret or ConfigMap of `spec.verify.keysRef`, if they may sign.',
    transient: false,
  },
  'git.signature-expired': {
    summary: 'The signature of a commit or tag has expired, or the key that made it.',
    hint: 'Prolong the key and give its public part anew, or sign with a key that is valid.',
    transient: false,
  },
  'git.key-revoked': {
    summary: 'The key that signed a commit or tag was revoked.',
    hint: 'Look at what was signed with it, and sign anew with another key.',
    transient: false,
  },
  'git.tag-mismatch': {
    summary: 'A signed tag is not what its name says: it was made under another name, or of something else.',
    hint: 'Find out who wrote the tag; make a new one with `git tag -s` of the commit itself.',
    transient: false,
  },
  'git.path-refused': {
    summary: 'A path cannot be written to: its name is not allowed, or what stands there is no file.',
    hint: 'Name an ordinary file; links are not followed, and folders and submodules are not replaced.',
    transient: false,
  },
  'git.commit-invalid': {
    summary: 'A commit cannot be made: its message, its author or its time is none.',
    hint: 'Give a message with some text, and an author with a name.',
    transient: false,
  },
  'git.signing-failed': {
    summary: 'A commit could not be signed with the key that is given.',
    hint: 'See that the Secret holds a private SSH or OpenPGP key that has not expired, and its passphrase where it is encrypted.',
    transient: false,
  },
  'git.push-protected': {
    summary: 'The branch is protected, and the server does not let this account push to it.',
    hint: 'Have changes proposed as pull requests (mode pullRequest), or allow the account to push to the branch.',
    transient: false,
  },
  'git.push-refused': {
    summary: 'The server looked at a commit and refused it, by a hook or a rule.',
    hint: "The message holds the server's own words; change what it objects to.",
    transient: false,
  },
  'git.push-forbidden': {
    summary: 'The server knows the credentials, and does not let them write to the repository.',
    hint: 'Give the token or key the right to write (docs/writing-to-git.md names the scopes); a deploy key must not be read-only.',
    transient: true,
  },
  'git.server-full': {
    summary: 'The server has no room for the commit: its disk or a quota is full, or it is too large for it.',
    hint: 'Free some room on the server, or raise the quota of the repository.',
    transient: true,
  },
  'git.push-unknown': {
    summary: 'The connection was lost in the middle of a push, and the server could not be asked what became of it.',
    hint: 'It is looked up in Git when the server answers again; the operation is neither lost nor done twice.',
    transient: true,
  },
  'git.rewind': {
    summary: 'A branch or tag does not contain any more what was accepted last, or a version is lower than it was.',
    hint: 'Where it is meant, accept that one commit with the annotation `plumbline.dev/acceptRewind` on the Repository.',
    transient: false,
  },
  'git.history-cut': {
    summary:
      'The history that is here ends before the last commit that was accepted, so that it cannot be verified whole.',
    hint: 'Verify in a full clone (`git fetch --unshallow`).',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
