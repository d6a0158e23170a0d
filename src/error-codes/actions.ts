import type { CatalogueEntry } from './entry.ts';

/** Actions on objects. */
export const actionsErrors = {
  'actions.unknown': {
    summary: 'Objects of this kind have no such action.',
    hint: '`plumb actions KIND/NAME` lists what there is; docs/actions.md has all of them.',
    transient: false,
  },
  'actions.not-offered': {
    summary: 'The action makes no sense for the object as it is now.',
    hint: '`plumb actions KIND/NAME` says what is offered now, and why the rest is not.',
    transient: false,
  },
  'actions.parameter-invalid': {
    summary: 'A parameter of an action is missing, is none of it, or has a value that it does not take.',
    hint: 'Give each as `--param NAME=VALUE`; docs/actions.md has them.',
    transient: false,
  },
  'actions.reverted': {
    summary: 'What the action would change in the cluster alone is what Git says, and would be put back at once.',
    hint: 'Leave `--live` out, so that it is changed in Git.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
