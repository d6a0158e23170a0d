import type { CatalogueEntry } from './entry.ts';

/** The health of objects. */
export const healthErrors = {
  'health.file-invalid': {
    summary: 'A file that was named holds no objects of Kubernetes as YAML or JSON.',
    hint: 'Each document needs apiVersion and kind; `kubectl get -o yaml` writes such files.',
    transient: false,
  },
  'health.rule-invalid': {
    summary: 'A rule of health is not right: an expression is no CEL, or gives a value of the wrong type.',
    hint: 'Try it with `plumb health -f FILE --rules RULES`; docs/health.md tells what an expression may read.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
