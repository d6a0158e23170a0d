import { Type } from 'typebox';

/** A path in a repository. */
export const path = (description: string) =>
  Type.String({
    maxLength: 1024,
    description,
    'x-kubernetes-validations': [
      {
        rule: "!self.startsWith('/')",
        message: 'the path is relative to the root of the repository: remove the leading /',
      },
      {
        rule: "!self.matches('(^|/)[.][.](/|$)')",
        message: 'the path may not leave the repository: write it without ..',
      },
    ],
  });

/** How to read plain files. */
export const directorySchema = Type.Object(
  {
    recurse: Type.Optional(Type.Boolean({ default: false, description: 'Read the folders below as well.' })),
    include: Type.Optional(
      Type.Array(Type.String({ maxLength: 512 }), {
        maxItems: 64,
        description: 'Globs of the files to read, relative to the path. Default: `*.yaml`, `*.yml`, `*.json`.',
      }),
    ),
    exclude: Type.Optional(
      Type.Array(Type.String({ maxLength: 512 }), { maxItems: 64, description: 'Globs of the files to leave out.' }),
    ),
  },
  { additionalProperties: false, description: 'Plain YAML and JSON files.' },
);

const patchSchema = Type.Object(
  {
    patch: Type.String({
      maxLength: 65536,
      description: 'A strategic merge patch or a JSON 6902 patch, as YAML or JSON.',
    }),
    target: Type.Optional(
      Type.Object(
        {
          group: Type.Optional(Type.String({ maxLength: 253, description: 'API group.' })),
          version: Type.Optional(Type.String({ maxLength: 63, description: 'API version.' })),
          kind: Type.Optional(Type.String({ maxLength: 63, description: 'Kind.' })),
          name: Type.Optional(Type.String({ maxLength: 253, description: 'Name, a regular expression.' })),
          namespace: Type.Optional(Type.String({ maxLength: 253, description: 'Namespace, a regular expression.' })),
          labelSelector: Type.Optional(Type.String({ maxLength: 1024, description: 'Label selector.' })),
          annotationSelector: Type.Optional(Type.String({ maxLength: 1024, description: 'Annotation selector.' })),
        },
        { additionalProperties: false, description: 'Which objects are patched.' },
      ),
    ),
  },
  { additionalProperties: false, description: 'One patch.' },
);

/** How to build a kustomization. */
export const kustomizeSchema = Type.Object(
  {
    namePrefix: Type.Optional(Type.String({ maxLength: 253, description: 'Put before every name.' })),
    nameSuffix: Type.Optional(Type.String({ maxLength: 253, description: 'Put after every name.' })),
    namespace: Type.Optional(
      Type.String({ maxLength: 63, description: 'The namespace of every object that has one.' }),
    ),
    images: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ maxLength: 512, description: 'The image as it is written, without tag.' }),
            newName: Type.Optional(Type.String({ maxLength: 512, description: 'The image to take its place.' })),
            newTag: Type.Optional(Type.String({ maxLength: 128, description: 'The tag to take.' })),
            digest: Type.Optional(Type.String({ maxLength: 256, description: 'The digest to take.' })),
          },
          { additionalProperties: false, description: 'One image.' },
        ),
        { maxItems: 256, description: 'Images to replace.' },
      ),
    ),
    replicas: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ maxLength: 253, description: 'Name of the object.' }),
            count: Type.Integer({ minimum: 0, description: 'Number of replicas.' }),
          },
          { additionalProperties: false, description: 'The replicas of one object.' },
        ),
        { maxItems: 256, description: 'Replica counts to set.' },
      ),
    ),
    labels: Type.Optional(
      Type.Record(Type.String(), Type.String({ maxLength: 63 }), {
        description: 'Labels for every object; selectors and templates stay as they are.',
      }),
    ),
    patches: Type.Optional(Type.Array(patchSchema, { maxItems: 64, description: 'Patches, applied last.' })),
    components: Type.Optional(
      Type.Array(path('Path of a component, from the root of the repository.'), {
        maxItems: 64,
        description: 'Kustomize components to add.',
      }),
    ),
  },
  { additionalProperties: false, description: 'Changes on top of the kustomization at the path.' },
);

/** How to render a chart. */
export const helmSchema = Type.Object(
  {
    releaseName: Type.Optional(
      Type.String({ maxLength: 53, description: 'The name of the release. Default: the name of the Application.' }),
    ),
    valueFiles: Type.Optional(
      Type.Array(path('Path of a values file, from the root of the repository.'), {
        maxItems: 64,
        description: 'Values files, the later ones winning.',
      }),
    ),
    values: Type.Optional(
      Type.Unsafe<{ readonly [key: string]: unknown }>({
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        description: 'Values that win over the files. Never a place for secrets.',
      }),
    ),
    parameters: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({
              maxLength: 1024,
              description: 'Path of the value, as `--set` writes it: `image.tag`.',
            }),
            value: Type.String({ maxLength: 65536, description: 'The value.' }),
            forceString: Type.Optional(
              Type.Boolean({ default: false, description: 'Keep the value a string, as `--set-string` does.' }),
            ),
            json: Type.Optional(
              Type.Boolean({ default: false, description: 'The value is JSON, as with `--set-json`.' }),
            ),
          },
          { additionalProperties: false, description: 'One value.' },
        ),
        { maxItems: 256, description: 'Single values; they win over everything else.' },
      ),
    ),
    fileParameters: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ maxLength: 1024, description: 'Path of the value, as `--set-file` writes it.' }),
            path: path('Path of the file whose content is the value, from the root of the repository.'),
          },
          { additionalProperties: false, description: 'One value.' },
        ),
        { maxItems: 64, description: 'Values that are the content of a file.' },
      ),
    ),
    ignoreMissingValueFiles: Type.Optional(
      Type.Boolean({ default: false, description: 'Go on where a values file is not there.' }),
    ),
    namespace: Type.Optional(
      Type.String({
        maxLength: 63,
        description: 'What the templates see as the namespace of the release. Default: the destination.',
      }),
    ),
    kubeVersion: Type.Optional(
      Type.String({
        maxLength: 32,
        description: 'What the templates see as the version of Kubernetes. Default: that of the cluster.',
      }),
    ),
    apiVersions: Type.Optional(
      Type.Array(Type.String({ maxLength: 253 }), {
        maxItems: 256,
        description: 'What the templates find served besides what the cluster serves: `apps/v1/Deployment`.',
      }),
    ),
    skipCrds: Type.Optional(Type.Boolean({ default: false, description: "Leave the chart's `crds/` folder out." })),
    skipTests: Type.Optional(Type.Boolean({ default: false, description: "Leave the chart's test hooks out." })),
    skipHooks: Type.Optional(Type.Boolean({ default: false, description: "Leave all of the chart's hooks out." })),
    skipSchemaValidation: Type.Optional(
      Type.Boolean({ default: false, description: "Do not hold the values against the chart's `values.schema.json`." }),
    ),
  },
  { additionalProperties: false, description: 'How to render the Helm chart at the path.' },
);

const jsonnetVariables = (description: string) =>
  Type.Array(
    Type.Object(
      {
        name: Type.String({ maxLength: 253, description: 'Name of the variable.' }),
        value: Type.String({ maxLength: 65536, description: 'Its value.' }),
        code: Type.Optional(Type.Boolean({ default: false, description: 'The value is Jsonnet code, not a string.' })),
      },
      { additionalProperties: false, description: 'One variable.' },
    ),
    { maxItems: 256, description },
  );

/** How to evaluate Jsonnet. */
export const jsonnetSchema = Type.Object(
  {
    tlas: Type.Optional(jsonnetVariables('Top-level arguments.')),
    extVars: Type.Optional(jsonnetVariables('External variables.')),
    libraryPaths: Type.Optional(
      Type.Array(path('Path of a library folder, from the root of the repository.'), {
        maxItems: 64,
        description: 'Where imports are looked for, besides the folder of the importing file.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How to evaluate the Jsonnet files at the path.' },
);
