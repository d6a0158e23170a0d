/** Where a problem lies: as much of this as is known. */
export interface Location {
  /** URL of the repository, without credentials. */
  readonly repository?: string;
  /** Full commit id. */
  readonly commit?: string;
  /** Path inside the repository or folder, with forward slashes. */
  readonly file?: string;
  /** Line in `file`, from 1. */
  readonly line?: number;
  /** Column in `line`, from 1. */
  readonly column?: number;
  /** The object, as `formatKey` writes it: `apps/Deployment prod/nginx`. */
  readonly object?: string;
  /** The field of the object: `spec.template.spec.containers[0].image`. */
  readonly field?: string;
}

/**
 * One thing that is wrong, in a form that survives worker threads, JSON and status conditions.
 * Never holds a secret value.
 */
export interface Problem {
  /** Stable: programs may rely on it. */
  readonly code: ErrorCode;
  /** What happened, one sentence without a full stop at the end of a quoted cause. */
  readonly message: string;
  readonly where?: Location;
  /** What to do next, when more is to be said than the catalogue's own advice. */
  readonly hint?: string;
}

/** What is always true of an error code. */
export interface CatalogueEntry {
  /** What the code means, for docs/errors.md. */
  readonly summary: string;
  /** What a person does about it. */
  readonly hint: string;
  /** True where the same call may succeed later with no change of its input. */
  readonly transient: boolean;
}

/**
 * Every error that a user can meet. The key is the stable code: `<room>.<what>`.
 * Each room has its own block, so that a reader finds a room's errors together.
 */
export const catalogue = {
  // Everywhere
  internal: {
    summary: 'Plumbline itself failed in a way that nobody foresaw.',
    hint: 'Report it with the text of the error; it is a defect of Plumbline.',
    transient: true,
  },
  cancelled: {
    summary: 'The work was stopped from outside, by Ctrl-C or by its caller.',
    hint: 'Start it again; nothing is left half done.',
    transient: true,
  },
  timeout: {
    summary: 'The work ran over its time limit.',
    hint: 'See what it waited for; raise the limit where it is too tight.',
    transient: true,
  },

  // api
  'api.invalid': {
    summary: 'A resource of Plumbline does not have the form that its type asks for.',
    hint: 'Correct the field; docs/application-reference.md tells what each may hold.',
    transient: false,
  },

  // local: the cluster and the Git server on this machine
  'local.binary-missing': {
    summary: 'A binary that Plumbline builds from Go source is not there.',
    hint: 'Run the set-up (`npm run setup`), which builds it; Go 1.26 or newer has to be installed.',
    transient: false,
  },
  'local.cluster-failed': {
    summary: 'The local cluster could not be started, or one of its processes ends again and again.',
    hint: 'The message holds the end of the log of the process; try again, and free memory or disk if they are short.',
    transient: true,
  },
  'local.cluster-ended': {
    summary: 'The local cluster has ended while it was in use.',
    hint: 'Start it again.',
    transient: false,
  },
  'local.directory-in-use': {
    summary: 'A local cluster already runs in that directory, perhaps one that does not keep its data.',
    hint: 'Use that cluster, stop it with `plumb cluster stop`, or choose another directory.',
    transient: false,
  },
  'local.directory-unusable': {
    summary: 'The directory cannot hold a local cluster.',
    hint: 'Choose a directory that is empty, or one of an earlier cluster with the same `--durable`.',
    transient: false,
  },
  'local.git-failed': {
    summary: 'The Git server on this machine, or a repository that it serves, could not be set up.',
    hint: "Git's own words are in the message.",
    transient: false,
  },
  'local.port-taken': {
    summary: 'The port is in use by another program.',
    hint: 'Choose another port, or none, to have a free one taken.',
    transient: false,
  },

  // git
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

  // egress: where this installation may connect to
  'egress.refused': {
    summary: 'The host, or what it stands for, is none that this installation connects to.',
    hint: 'Correct the URL; or have whoever runs Plumbline allow the host (`plumb run --egress-allow`).',
    transient: true,
  },
  'egress.rule-invalid': {
    summary: 'A rule for where to connect to cannot be read.',
    hint: 'Write a host (`git.example.com`), all hosts below one (`*.example.com`), an address or a range (`10.0.0.0/8`).',
    transient: false,
  },

  // forge
  'forge.webhook-invalid': {
    summary: 'The body of a webhook is not what the documentation of its product says.',
    hint: 'See that the hook sends JSON; docs/webhooks.md tells how to set up each product, and which versions are known.',
    transient: false,
  },
  'forge.webhook-unknown': {
    summary: 'Nothing in a webhook tells which product sent it.',
    hint: 'Name the product in the path: `/webhooks/github`, `/webhooks/generic` and so on.',
    transient: false,
  },
  'forge.url-invalid': {
    summary: 'The address of a forge, or the URL of a repository on it, is not one that Plumbline can call.',
    hint: 'Use the URL that the forge shows for cloning, and an API address that begins with https://; docs/forges.md has one for each forge.',
    transient: false,
  },
  'forge.unknown-kind': {
    summary: 'It is not known which product runs at the host of a repository.',
    hint: 'Say it in spec.forge.kind: GitHub, GitLab, Gitea, Forgejo, BitbucketCloud, BitbucketDataCenter or AzureDevOps.',
    transient: false,
  },
  'forge.credentials-invalid': {
    summary: 'The credentials for a forge cannot be used as they are written.',
    hint: 'Mend the Secret; docs/forges.md shows what each forge needs.',
    transient: false,
  },
  'forge.auth-failed': {
    summary: 'The forge refused the credentials, or asks for some where there are none.',
    hint: 'See that the token is valid, not expired, and meant for this forge; docs/forges.md names the scopes.',
    transient: true,
  },
  'forge.forbidden': {
    summary: 'The forge knows the credentials and does not allow what was asked.',
    hint: 'Give the token the scopes that docs/forges.md names, or its owner the right to write to the repository.',
    transient: true,
  },
  'forge.not-found': {
    summary: 'The forge has no such repository, commit or pull request, or does not show it to these credentials.',
    hint: 'Compare the name; forges say "not found" also where a token may not see a private repository.',
    transient: true,
  },
  'forge.rate-limited': {
    summary: 'The forge takes no more calls for the time being.',
    hint: 'Nothing is lost: it is tried again later. Where it happens often, use a token of its own or a GitHub App.',
    transient: true,
  },
  'forge.unreachable': {
    summary: 'The forge does not answer, or answers that it failed.',
    hint: 'It is tried again; see whether the forge is up and the way to it is open.',
    transient: true,
  },
  'forge.certificate': {
    summary: 'The TLS certificate of the forge could not be verified.',
    hint: 'Put the certificate authority of the forge into `ca.crt` in the Secret.',
    transient: false,
  },
  'forge.redirected': {
    summary: 'The forge sends on to another address, to which credentials are not carried.',
    hint: 'Put the new address into spec.url, or spec.forge.apiUrl, once you have seen that it is the right one.',
    transient: false,
  },
  'forge.conflict': {
    summary:
      'What was to be done does not fit the state on the forge: a pull request that cannot be merged or whose head has moved, or one that is there already.',
    hint: 'Look at the pull request; merge its base into it, or start again from its new head.',
    transient: false,
  },
  'forge.refused': {
    summary: 'The forge refused what it was asked to do.',
    hint: 'The message holds its own words.',
    transient: false,
  },
  'forge.answer-invalid': {
    summary: 'The answer of the forge is not what its documentation says.',
    hint: 'See that the address is that of the API and that nothing between answers in its place, such as a login page or a proxy.',
    transient: true,
  },

  // registry
  'registry.url-invalid': {
    summary: 'The URL of a registry or of a Helm repository is not one that Plumbline can read from.',
    hint: 'Use `oci://host/path`, or `https://host/path` for a Helm repository; plain HTTP goes to this machine only.',
    transient: false,
  },
  'registry.url-credentials': {
    summary: 'The URL of a registry or of a Helm repository holds a user name, a password or a token.',
    hint: 'Take them out of the URL and put them into a Secret that the Repository names in `secretRef`.',
    transient: false,
  },
  'registry.selector-invalid': {
    summary: 'The tag, digest, version range or chart that was asked for is not well formed.',
    hint: 'Give one of `tag`, `digest` (sha256:…) or `semver` (a range as Helm reads it, such as `^1.2`).',
    transient: false,
  },
  'registry.credentials-invalid': {
    summary: 'The credentials of a registry cannot be used as they are written.',
    hint: 'Mend the Secret; docs/sources.md shows the keys that it needs.',
    transient: false,
  },
  'registry.auth-failed': {
    summary: 'The registry refused the credentials, or asks for some where there are none.',
    hint: 'See that the credentials are valid, not expired, and may pull from this repository.',
    transient: true,
  },
  'registry.not-found': {
    summary: 'The registry or Helm repository does not have the artifact, chart or version that was asked for.',
    hint: 'Push it, or ask for one that exists; what is in the cluster stays as it is meanwhile.',
    transient: true,
  },
  'registry.unreachable': {
    summary: 'The registry or Helm repository did not answer, or the connection was lost.',
    hint: 'It is tried again by itself; see that the server is up and that this machine reaches it.',
    transient: true,
  },
  'registry.certificate': {
    summary: 'The TLS certificate of the registry could not be verified, or the one shown to it is not accepted.',
    hint: 'Put the certificate authority of the server into `ca.crt` in the Secret.',
    transient: false,
  },
  'registry.rate-limited': {
    summary: 'The registry limits how often it is asked.',
    hint: 'It is tried again by itself; give credentials, or a longer interval.',
    transient: true,
  },
  'registry.redirected': {
    summary: 'The server sends the reader to a place that content, or credentials, must not be sent to or come from.',
    hint: 'Write the final URL.',
    transient: false,
  },
  'registry.answer-invalid': {
    summary: 'The server answers with something that its interface does not have.',
    hint: 'See that the URL is that of a registry (OCI distribution), and not of its web pages.',
    transient: true,
  },
  'registry.index-invalid': {
    summary: 'The index of a Helm repository cannot be read.',
    hint: 'Make it anew with `helm repo index`, and see that the URL is that of a Helm repository.',
    transient: true,
  },
  'registry.digest-mismatch': {
    summary: 'What came is not what its digest says: it was changed on the way, or is damaged.',
    hint: 'Do not use it. See who could have changed it; push it again where it is damaged.',
    transient: true,
  },
  'registry.too-large': {
    summary: 'An artifact, chart, index or list of tags is larger than the limit.',
    hint: 'Keep large files out of the artifact; docs/sources.md lists the limits.',
    transient: false,
  },
  'registry.artifact-invalid': {
    summary: 'The artifact holds no files that Plumbline can read, or its archive is damaged.',
    hint: 'Push it with `flux push artifact`, `helm push` or `oras push`; docs/sources.md lists the media types.',
    transient: false,
  },
  'registry.archive-unsafe': {
    summary:
      'An archive holds something that could harm whoever unpacks it: a path or link out of it, a device, one name twice.',
    hint: 'Pack it anew without what the message names.',
    transient: false,
  },
  'registry.dependency-refused': {
    summary: 'A chart needs another one from a place that Plumbline does not read from.',
    hint: 'Name its repository by URL (`https://`, `oci://`, or `file://../folder` of the same repository), or vendor it.',
    transient: false,
  },
  'registry.lock-stale': {
    summary: 'The lock file of a chart does not fit its dependencies.',
    hint: 'Run `helm dependency update` and commit Chart.lock.',
    transient: false,
  },
  'registry.key-invalid': {
    summary: 'A key for verifying signatures is not a public key in PEM form.',
    hint: 'Use what `cosign generate-key-pair` writes to cosign.pub, or another ECDSA, Ed25519 or RSA public key.',
    transient: false,
  },
  'registry.signature-missing': {
    summary: 'The artifact has to be signed, and is not.',
    hint: 'Sign it (`cosign sign --key …`); what is in the cluster stays as it is meanwhile.',
    transient: true,
  },
  'registry.signature-invalid': {
    summary: 'The artifact is signed, but not by one of the keys, or not as this artifact.',
    hint: 'See who pushed and signed it; what is in the cluster stays as it is meanwhile.',
    transient: true,
  },

  // render
  'render.path-missing': {
    summary: 'The path to render is not in the repository.',
    hint: 'Correct the path, or push the commit that adds it. Nothing is pruned while it is missing.',
    transient: false,
  },
  'render.file-missing': {
    summary: 'A file that the manifests name is not in the repository.',
    hint: 'Add the file, or correct the name.',
    transient: false,
  },
  'render.outside-repository': {
    summary: 'A path or a symbolic link leads out of the repository.',
    hint: 'Move what it names into the repository; a render sees nothing else.',
    transient: false,
  },
  'render.invalid-yaml': {
    summary: 'A file is not valid YAML or JSON, or says the same key twice.',
    hint: 'Correct the line that is named.',
    transient: false,
  },
  'render.too-many-aliases': {
    summary: 'The aliases of a YAML document make it grow out of all proportion.',
    hint: 'Write the values out, or use fewer aliases of aliases.',
    transient: false,
  },
  'render.lfs-pointer': {
    summary: 'A manifest is kept in Git LFS; the repository holds only a pointer to it.',
    hint: 'Take the file out of Git LFS (`git lfs untrack`), and commit its content.',
    transient: false,
  },
  'render.invalid-object': {
    summary: 'A document is not a Kubernetes object: it lacks apiVersion, kind or metadata.name.',
    hint: 'Complete the object, or exclude the file.',
    transient: false,
  },
  'render.invalid-options': {
    summary: 'The options of the source are not valid.',
    hint: 'See the Application reference for the options of each kind of source.',
    transient: false,
  },
  'render.remote-refused': {
    summary: 'The manifests name something outside the repository, such as the URL of a remote base.',
    hint: 'Copy it into the repository: a render has no network, so that a commit always gives the same objects.',
    transient: false,
  },
  'render.plugin-refused': {
    summary: 'The manifests ask for a program or a container to be run.',
    hint: "Use one of Kustomize's built-in generators and transformers; a render runs nothing.",
    transient: false,
  },
  'render.kustomize': {
    summary: 'Kustomize cannot build the folder.',
    hint: 'Correct what the message names; `plumb render` shows the same error on your machine.',
    transient: false,
  },
  'render.helm': {
    summary: 'Helm cannot render the chart.',
    hint: 'Correct what the message names; `plumb render` shows the same error on your machine.',
    transient: false,
  },
  'render.helm-values': {
    summary: "The values do not fit the chart's schema, or cannot be merged.",
    hint: 'Correct the value that the message names.',
    transient: false,
  },
  'render.chart-dependency': {
    summary: 'A chart names a dependency that does not lie in its charts folder.',
    hint: 'Name a repository that it can be fetched from, or vendor it: run `helm dependency build` on the chart and commit the charts folder.',
    transient: false,
  },
  'render.jsonnet': {
    summary: 'Jsonnet cannot evaluate the file.',
    hint: 'Correct what the message names.',
    transient: false,
  },
  'render.time-limit': {
    summary: 'A render took too long and was ended.',
    hint: 'Look for an endless loop in the templates; raise the limit where the work is real.',
    transient: false,
  },
  'render.memory-limit': {
    summary: 'A render took too much memory and was ended.',
    hint: 'Look for templates or aliases that multiply; raise the limit where the work is real.',
    transient: false,
  },
  'render.crashed': {
    summary: 'The renderer ended in the middle of a render.',
    hint: 'Look for templates that call themselves without end; if there are none, report it.',
    transient: false,
  },
  'render.deprecated': {
    summary: 'A warning: the manifests use something that will go away.',
    hint: 'Change it as the message says.',
    transient: false,
  },
  'render.unstable': {
    summary: 'A warning: a template makes a value that is another one at every render, such as genCA.',
    hint: 'Make the value once and keep it as a Secret.',
    transient: false,
  },
  'render.warning': {
    summary: 'A warning of Helm, Kustomize or Jsonnet.',
    hint: 'See the message.',
    transient: false,
  },

  // kube
  'kube.config-missing': {
    summary: 'No kubeconfig was found, and this is not a pod of a cluster.',
    hint: 'Give --kubeconfig FILE or set KUBECONFIG; `plumb cluster start` makes a local cluster.',
    transient: false,
  },
  'kube.config-invalid': {
    summary: 'The kubeconfig cannot be used as it is written.',
    hint: 'Mend the field that the message names; `kubectl config view` shows what kubectl reads.',
    transient: false,
  },
  'kube.exec-refused': {
    summary: 'The kubeconfig wants to run a program for credentials that nobody has allowed.',
    hint: 'Allow it by name with --allow-exec if you trust it, or use a kubeconfig with a token.',
    transient: false,
  },
  'kube.exec-failed': {
    summary: 'The program that gives the credentials failed or answered with something else.',
    hint: 'Run the program by hand and see what it says; often a log-in has expired.',
    transient: true,
  },
  'kube.unreachable': {
    summary: 'No connection to the API server, or it broke before the answer came.',
    hint: 'See that the cluster runs and that its address and proxy are right.',
    transient: true,
  },
  'kube.tls': {
    summary: 'The certificate of the API server, or the one shown to it, is not trusted.',
    hint: 'See certificate-authority-data and tls-server-name in the kubeconfig, and the clock of this machine.',
    transient: false,
  },
  'kube.protocol': {
    summary: 'The answer is not one that a Kubernetes API server gives.',
    hint: 'See that the server address is that of the API server and that no log-in page or proxy answers for it.',
    transient: true,
  },
  'kube.unsupported': {
    summary: 'The API server is too old, or does not offer what was asked.',
    hint: 'Plumbline needs Kubernetes 1.30 or newer.',
    transient: false,
  },
  'kube.unauthorized': {
    summary: 'The API server does not accept the credentials.',
    hint: 'Log in again, or renew the token or certificate of the kubeconfig.',
    transient: true,
  },
  'kube.forbidden': {
    summary: 'The user may not do this: Kubernetes RBAC denies it.',
    hint: 'Grant the verb that the message names to that user, or use another service account.',
    transient: true,
  },
  'kube.admission-denied': {
    summary: 'An admission policy or webhook of the cluster denied the request.',
    hint: 'Change the object as the message asks; the rule is the policy of the cluster.',
    transient: false,
  },
  'kube.webhook-failed': {
    summary: 'The API server could not call an admission or conversion webhook.',
    hint: 'See that the service behind the webhook runs; it is not the object that is wrong.',
    transient: true,
  },
  'kube.quota-exceeded': {
    summary: 'The namespace has no quota left for the object.',
    hint: 'Raise the ResourceQuota of the namespace or ask for less.',
    transient: true,
  },
  'kube.invalid': {
    summary: 'The API server refuses a field of the object.',
    hint: 'Mend the field that the message names; `kubectl explain` tells what it may hold.',
    transient: false,
  },
  'kube.bad-request': {
    summary: 'The API server cannot read the request.',
    hint: 'See the field or parameter that the message names.',
    transient: false,
  },
  'kube.too-large': {
    summary: 'The object or request is larger than the API server accepts.',
    hint: 'Split the object; etcd holds at most 1.5 MiB in one.',
    transient: false,
  },
  'kube.conflict': {
    summary: 'Another field manager owns a field that the object sets to something else.',
    hint: 'Remove the field from Git, make the other manager let go of it, or force the apply.',
    transient: false,
  },
  'kube.stale': {
    summary: 'The object changed, or was replaced, since it was read.',
    hint: 'Try again; it is read anew.',
    transient: true,
  },
  'kube.already-exists': {
    summary: 'An object of that name is there already.',
    hint: 'Choose another name, or apply instead of creating.',
    transient: false,
  },
  'kube.not-found': {
    summary: 'The object is not there.',
    hint: 'See name and namespace; it may have been deleted meanwhile.',
    transient: true,
  },
  'kube.namespace-not-found': {
    summary: 'The namespace of the object does not exist.',
    hint: 'Create the namespace, or let the sync create it (sync.createNamespace).',
    transient: true,
  },
  'kube.namespace-terminating': {
    summary: 'The namespace of the object is being deleted.',
    hint: 'Wait until it is gone; then it can be created again.',
    transient: true,
  },
  'kube.namespace-required': {
    summary: 'The object lives in a namespace and none is given, or the other way round.',
    hint: 'Set metadata.namespace, or the destination namespace; leave it out for objects of the whole cluster.',
    transient: false,
  },
  'kube.no-such-kind': {
    summary: 'The cluster does not know the kind.',
    hint: 'Install the CustomResourceDefinition, or use an apiVersion that the cluster serves.',
    transient: true,
  },
  'kube.api-unavailable': {
    summary: 'An aggregated API of the cluster does not answer, so that its kinds are not to be had.',
    hint: 'See `kubectl get apiservices` for the one that is not available.',
    transient: true,
  },
  'kube.throttled': {
    summary: 'The API server asks for fewer requests, for longer than was to be waited.',
    hint: 'It passes by itself; see the API priority and fairness settings where it does not.',
    transient: true,
  },
  'kube.unavailable': {
    summary: 'The API server answers, but cannot do its work just now.',
    hint: 'It passes by itself as a rule; see the health of etcd and of the control plane.',
    transient: true,
  },
  'kube.expired': {
    summary: 'The list or watch goes back further than the API server remembers.',
    hint: 'Read the list anew.',
    transient: true,
  },
  'kube.impersonation': {
    summary: 'The user to act as is empty or cannot be written down.',
    hint: 'Name the user; Plumbline never falls back to its own rights.',
    transient: false,
  },
  'kube.lease-lost': {
    summary: 'The Lease was taken over, or could not be renewed in time.',
    hint: 'Another replica does the work now; this one waits for its turn.',
    transient: true,
  },

  // sync
  'sync.invalid-object': {
    summary: 'An object lacks what every object has, or has what no desired state can have.',
    hint: 'Give it an apiVersion, a kind and a metadata.name of its own.',
    transient: false,
  },
  'sync.duplicate-object': {
    summary: 'The desired state holds the same object more than once.',
    hint: 'Remove all but one of them; the message names the places.',
    transient: false,
  },
  'sync.unknown-kind': {
    summary: 'The cluster serves no such kind, and no CustomResourceDefinition in the desired state defines it.',
    hint: 'Check apiVersion and kind; or add its CustomResourceDefinition, or have the operator that brings it synced first.',
    transient: false,
  },
  'sync.claimed': {
    summary: 'The object belongs to another ApplySet, and two must not write the same object.',
    hint: 'Leave it to one of them; once the other has given it up (its label `applyset.kubernetes.io/part-of` is gone), it is taken over.',
    transient: false,
  },
  'sync.foreign-parent': {
    summary: 'The object that shall be the parent of an ApplySet is used by another tool.',
    hint: 'Choose another name for the set.',
    transient: false,
  },

  // controller
  'controller.repository-missing': {
    summary: 'An Application names a Repository that does not exist in its namespace.',
    hint: 'Create the Repository, or correct spec.source.repositoryRef.name.',
    transient: true,
  },
  'controller.keys-missing': {
    summary: 'The Secret or ConfigMap with the public keys that sign, which a Repository names, does not exist.',
    hint: 'Create it in the namespace of the Repository, or correct `spec.verify.keysRef`. Nothing new is accepted until then.',
    transient: true,
  },
  'controller.secret-missing': {
    summary: 'A Repository names a Secret that does not exist in its namespace.',
    hint: 'Create the Secret, or correct spec.secretRef.name.',
    transient: true,
  },
  'controller.secret-invalid': {
    summary: 'The Secret of a Repository does not hold the keys that its URL needs.',
    hint: 'See docs/repositories.md for the keys.',
    transient: true,
  },
  'controller.seed-invalid': {
    summary: 'The Secret from which random values are rendered does not hold a seed.',
    hint: 'Restore the Secret from a backup, or delete it: all random values of all Applications are then made anew.',
    transient: true,
  },
  'controller.rollback-unknown': {
    summary: 'An Application is to be held at a commit that its repository does not hold.',
    hint: 'Choose a commit from `plumb history`, or end the rollback with `plumb rollback --release`.',
    transient: true,
  },
  'controller.webhook-secret': {
    summary: 'A Repository names a Secret for its webhooks that does not exist or holds none.',
    hint: 'Create it with the key `secret`, the same as in the hook; docs/webhooks.md shows how.',
    transient: true,
  },
  'controller.reference-unsupported': {
    summary: 'A source names a branch, commit, digest or chart, and its Repository is of a type that has none.',
    hint: 'Git has branches, tags and commits; a registry has tags and digests; a Repository of the type Helm has charts.',
    transient: false,
  },

  // server
  'server.refused': {
    summary:
      'A request was not let in. That nobody watches the repository, that there is no secret, and that it is another one, get this same answer.',
    hint: 'See the log of the controller, which tells them apart; docs/webhooks.md tells how to set up each product.',
    transient: false,
  },
  'server.not-found': {
    summary: 'There is nothing under this path.',
    hint: 'Webhooks go to `/webhooks` or `/webhooks/KIND`.',
    transient: false,
  },
  'server.method': {
    summary: 'The path takes another method.',
    hint: 'Webhooks are sent with POST.',
    transient: false,
  },
  'server.media-type': {
    summary: 'The body is of a kind that is not read.',
    hint: 'Send JSON (`Content-Type: application/json`), not compressed.',
    transient: false,
  },
  'server.too-large': {
    summary: 'The body is larger than is taken.',
    hint: 'Have the hook send fewer events; polling finds what was pushed all the same.',
    transient: false,
  },
  'server.bad-request': {
    summary: 'The request is not one of HTTP as it should be.',
    hint: 'See what sends it, and what lies between.',
    transient: false,
  },
  'server.timeout': {
    summary: 'The request did not come in time.',
    hint: 'Send it again; see what makes the way slow.',
    transient: true,
  },
  'server.rate-limited': {
    summary: 'More requests come than are taken, from this source or from all together.',
    hint: 'Wait as long as Retry-After says. Behind a proxy, name it with `--webhook-trusted-proxy`, so that senders are told apart.',
    transient: true,
  },
  'server.unavailable': {
    summary:
      'This process cannot take the request now: it does not lead, is starting, or has too much to read at once.',
    hint: 'Send it again. Send webhooks only to the process that is ready (`/readyz`), as a Service does.',
    transient: true,
  },
  'server.listen': {
    summary: 'The address for requests from outside cannot be listened on.',
    hint: 'Choose a host that is of this machine, and a port that is free.',
    transient: false,
  },

  // cli
  'cli.usage': {
    summary: 'The command line is not one that Plumbline understands.',
    hint: 'See `plumb --help`, or `plumb COMMAND --help`.',
    transient: false,
  },
  'cli.not-found': {
    summary: 'There is no resource of that name.',
    hint: 'See `plumb get -A` for all that there are.',
    transient: false,
  },
  'cli.not-installed': {
    summary: 'The cluster does not know the resources of Plumbline.',
    hint: 'Install them with `plumb install`, or name another cluster with --context.',
    transient: false,
  },
  'cli.suspended': {
    summary: 'The Application is suspended, so nothing is changed for it.',
    hint: 'Let it go on with `plumb resume NAME`.',
    transient: false,
  },
  'cli.sync-failed': {
    summary: 'The sync that was asked for ended, and the cluster is not as Git says.',
    hint: 'See `plumb describe NAME` and `plumb logs NAME`.',
    transient: true,
  },
  'cli.no-earlier-revision': {
    summary: 'There is no earlier commit to roll back to.',
    hint: 'See `plumb history NAME`; a commit can be given by its full id.',
    transient: false,
  },
  'cli.folder-unreadable': {
    summary: 'A folder or file that was named on the command line cannot be read.',
    hint: 'Correct the path; it is relative to the folder that the command runs in.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;

/** The code of an error: stable, documented in docs/errors.md. */
export type ErrorCode = keyof typeof catalogue;

/** An error made of one or more problems, all of those that were found and not only the first. */
export class PlumbError extends Error {
  override readonly name = 'PlumbError';
  readonly problems: readonly [Problem, ...Problem[]];

  constructor(problems: readonly [Problem, ...Problem[]], options?: ErrorOptions) {
    super(problems.map(formatProblem).join('\n'), options);
    this.problems = problems;
  }

  /** The code of the first problem. */
  get code(): ErrorCode {
    return this.problems[0].code;
  }

  /** True where every problem may pass by itself, so that trying again makes sense. */
  get transient(): boolean {
    return this.problems.every((problem) => catalogue[problem.code].transient);
  }
}

/** An error with a single problem. */
export function plumbError(
  code: ErrorCode,
  message: string,
  details: { where?: Location; hint?: string; cause?: unknown } = {},
): PlumbError {
  const { cause, ...rest } = details;
  return new PlumbError([{ code, message, ...rest }], cause === undefined ? undefined : { cause });
}

/** Throws one error that holds all the problems; does nothing where there are none. */
export function throwProblems(problems: readonly Problem[]): void {
  const [first, ...rest] = problems;
  if (first !== undefined) throw new PlumbError([first, ...rest]);
}

/**
 * The problems in whatever was thrown: those of a PlumbError, `cancelled` or `timeout` for an abort,
 * `internal` for anything else.
 */
export function problemsOf(error: unknown): readonly [Problem, ...Problem[]] {
  if (error instanceof PlumbError) return error.problems;
  if (error instanceof Error && error.name === 'AbortError') return [{ code: 'cancelled', message: 'stopped' }];
  if (error instanceof Error && error.name === 'TimeoutError') return [{ code: 'timeout', message: error.message }];
  return [{ code: 'internal', message: error instanceof Error ? error.message : String(error) }];
}

/** `repository@commit file:line:column object field`, as much of it as is known. */
export function formatLocation(where: Location): string {
  const parts: string[] = [];
  if (where.repository !== undefined) {
    parts.push(where.commit === undefined ? where.repository : `${where.repository}@${where.commit.slice(0, 12)}`);
  } else if (where.commit !== undefined) {
    parts.push(where.commit.slice(0, 12));
  }
  if (where.file !== undefined) {
    const line = where.line === undefined ? '' : `:${where.line}`;
    const column = where.line === undefined || where.column === undefined ? '' : `:${where.column}`;
    parts.push(`${where.file}${line}${column}`);
  }
  if (where.object !== undefined) parts.push(where.object);
  if (where.field !== undefined) parts.push(where.field);
  return parts.join(' ');
}

/** One problem as one line: `where: message (code)`. */
export function formatProblem(problem: Problem): string {
  const where = problem.where === undefined ? '' : formatLocation(problem.where);
  return `${where === '' ? '' : `${where}: `}${problem.message} (${problem.code})`;
}

/** What to do about a problem: its own hint, or the catalogue's. */
export function hintFor(problem: Problem): string {
  return problem.hint ?? catalogue[problem.code].hint;
}
