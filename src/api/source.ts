import { Type } from 'typebox';
import { refSchema } from './reference.ts';
import { directorySchema, helmSchema, jsonnetSchema, kustomizeSchema, path } from './rendering.ts';

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
