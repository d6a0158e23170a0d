import type { CatalogueEntry } from './entry.ts';

/** Rendering. */
export const renderErrors = {
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
} as const satisfies Record<string, CatalogueEntry>;
