import type { CatalogueEntry } from './entry.ts';

/** Where this installation may connect to. */
export const egressErrors = {
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
} as const satisfies Record<string, CatalogueEntry>;
