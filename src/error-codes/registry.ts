import type { CatalogueEntry } from './entry.ts';

/** Registries of charts and artifacts. */
export const registryErrors = {
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
} as const satisfies Record<string, CatalogueEntry>;
