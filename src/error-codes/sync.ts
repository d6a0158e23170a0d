import type { CatalogueEntry } from './entry.ts';

/** Syncing a set of objects. */
export const syncErrors = {
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
    hint: 'Check apiVersion and kind; or add its CustomResourceDefinition. Where something else brings it, the sync goes on by itself when it is there.',
    transient: false,
  },
  'sync.unknown-option': {
    summary:
      'An annotation of the object asks for something that is not known, or has no effect; it is synced without.',
    hint: 'docs/sync-options.md lists the options with their values.',
    transient: false,
  },
  'sync.not-recreated': {
    summary: 'Git asks to delete an object and make it anew, and it is of a kind whose contents would be lost.',
    hint: 'Undo the change in Git, or delete the object yourself when what it holds is saved.',
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
  'sync.ignore-invalid': {
    summary: 'A rule of what is to be ignored is not right, and ignores nothing.',
    hint: 'Write fields as JSON pointers (`/spec/replicas`) and expressions as jq has them (`.webhooks[].clientConfig.caBundle`); docs/drift.md tells what there is.',
    transient: false,
  },
  'sync.hook-failed': {
    summary: 'A hook of the sync has failed, so the sync has failed.',
    hint: 'Look at its logs. Mend the hook in Git, or sync again with `plumb sync`: a sync runs its hooks anew.',
    transient: true,
  },
  'sync.timeout': {
    summary: 'A sync has waited longer than `spec.sync.timeout` allows.',
    hint: 'See what it waited for, and mend that; or allow more time.',
    transient: true,
  },
  'sync.retries-exhausted': {
    summary: 'A sync has failed as often as `spec.sync.retry.limit` allows.',
    hint: 'Mend what it failed for in Git or in the Application, or ask for another try with `plumb sync`.',
    transient: false,
  },
  'sync.unhealthy': {
    summary: 'What later waves, hooks or a prune wait for has failed, so the sync has failed.',
    hint: 'Mend the object: `plumb tree` shows what it has made and how that does. The sync goes on by itself once it is healthy.',
    transient: true,
  },
} as const satisfies Record<string, CatalogueEntry>;
