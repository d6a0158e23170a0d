import { Type } from 'typebox';

/** Which signatures something needs to be accepted. */
export const verifySchema = Type.Object(
  {
    mode: Type.Optional(
      Type.Enum(['Head', 'Tag', 'TagAndHead', 'Commits'], {
        type: 'string',
        default: 'Head',
        description:
          'What has to be signed: the commit (`Head`), the annotated tag that names it (`Tag`), both, or every commit since the last one that was accepted (`Commits`).',
      }),
    ),
    keysRef: Type.Object(
      {
        kind: Type.Optional(
          Type.Enum(['Secret', 'ConfigMap'], {
            type: 'string',
            default: 'Secret',
            description: 'What holds the keys.',
          }),
        ),
        name: Type.String({ minLength: 1, maxLength: 253, description: 'Its name, in the same namespace.' }),
      },
      {
        additionalProperties: false,
        description:
          'The public keys that may sign: armoured OpenPGP keys, lines of `allowed_signers`, or public SSH keys, under any names; SSH keys that count no more under `revoked_keys`.',
      },
    ),
    identities: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
        minItems: 1,
        maxItems: 20,
        description:
          'Of a registry: the repositories that a signature may name, such as `ghcr.io/org/app`, for copies of what was signed elsewhere. Without it, the one that `spec.url` leads to.',
      }),
    ),
    since: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{40}([0-9a-f]{24})?$',
        description:
          'For `Commits`, before anything was accepted: the full id of the commit after which every commit is signed. Without it the first commit that is seen is verified alone.',
      }),
    ),
  },
  { additionalProperties: false, description: 'Which signatures a commit or an artifact needs to be accepted.' },
);

/** What was accepted last. */
export const acceptedSchema = Type.Object(
  {
    selector: Type.String({ description: 'The reference, such as `branch:main`; `HEAD` for the default branch.' }),
    revision: Type.String({ description: 'Full id of the commit.' }),
    ref: Type.String({ description: 'What led to it, such as `refs/tags/v1.2.3`.' }),
    mode: Type.Optional(Type.String({ description: '`spec.verify.mode` that it was accepted in.' })),
    keys: Type.Optional(Type.String({ description: 'SHA-256 of the keys that it was accepted by.' })),
    signed: Type.Optional(Type.String({ description: 'Who signed it.' })),
  },
  { description: 'The last commit of a reference that was accepted.' },
);
