import { Type } from 'typebox';
import { refSchema } from './reference.ts';

const path = (description: string) =>
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

const directorySchema = Type.Object(
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

const kustomizeSchema = Type.Object(
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

const helmSchema = Type.Object(
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

const jsonnetSchema = Type.Object(
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

const kinds = ['directory', 'kustomize', 'helm', 'jsonnet'] as const;

const oneKind = {
  rule: `[${kinds.map((field) => `has(self.${field})`).join(', ')}].filter(given, given).size() <= 1`,
  message: 'give one of directory, kustomize, helm and jsonnet, not several: remove all but one',
};

const folder = path('The folder to render.');

const chart = Type.String({
  pattern: '^[a-z0-9A-Z]([-a-z0-9A-Z._]*[a-z0-9A-Z])?$',
  maxLength: 250,
  description: 'Name of a chart, where the Repository is one of charts; `ref` names its version.',
});

const rest = {
  chart: Type.Optional(chart),
  ref: Type.Optional(refSchema),
  directory: Type.Optional(directorySchema),
  kustomize: Type.Optional(kustomizeSchema),
  helm: Type.Optional(helmSchema),
  jsonnet: Type.Optional(jsonnetSchema),
};

const repositoryRef = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 253,
      description: 'Name of the Repository, in the same namespace.',
    }),
  },
  { additionalProperties: false, description: 'The Repository to read.' },
);

/** Where the manifests of an Application come from, and how they are rendered. */
export const sourceSchema = Type.Object(
  {
    repositoryRef,
    path: Type.Optional({
      ...folder,
      default: '.',
      description: 'The folder to render. Default: the root of the repository.',
    } as typeof folder),
    ...rest,
  },
  {
    additionalProperties: false,
    description:
      'Where the manifests come from. Without directory, kustomize, helm or jsonnet the kind is found by looking: a kustomization file, a Chart.yaml, a main.jsonnet, or else plain files.',
    'x-kubernetes-validations': [oneKind],
  },
);

const namedSourceSchema = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
        maxLength: 63,
        description: 'The other sources read the files of this one by its name: `$name/path/to/values.yaml`.',
      }),
    ),
    repositoryRef,
    path: Type.Optional({
      ...folder,
      description:
        'The folder to render; `.` is the root of the repository, and the default for a chart. A source with neither is not rendered: it only lends its files.',
    } as typeof folder),
    ...rest,
  },
  {
    additionalProperties: false,
    description: 'One of several sources.',
    'x-kubernetes-validations': [
      oneKind,
      {
        rule: 'has(self.path) || has(self.chart) || has(self.name)',
        message: 'give it a path or a chart to be rendered, or a name by which other sources read its files',
      },
    ],
  },
);

/** Several sources, all rendered with the files of the others in reach. */
export const sourcesSchema = Type.Array(namedSourceSchema, {
  minItems: 1,
  maxItems: 16,
  description:
    'Several sources in the place of `source`. Their objects together are the Application; a file of another source is reached as `$name/path`, as a values file for one.',
  'x-kubernetes-validations': [
    {
      rule: 'self.all(one, !has(one.name) || self.exists_one(other, has(other.name) && other.name == one.name))',
      message: 'two sources have the same name: give each its own',
    },
    {
      rule: 'self.exists(one, has(one.path) || has(one.chart))',
      message: 'none of the sources has a path or a chart, so that nothing would be rendered: give one of them a path',
    },
  ],
});

/** Where the manifests of an Application come from, and how they are rendered. */
export type Source = Type.Static<typeof namedSourceSchema>;
