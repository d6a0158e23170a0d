import { Option } from 'commander';
import { createEgress, type Egress } from '../egress.ts';

/** One of the two flags, which may be given many times, with the variable that holds such rules for an installation. */
export function egressFlag(which: 'allow' | 'deny', text: string): Option {
  return new Option(
    `--egress-${which} <rule>`,
    `${text}; may be repeated, and $${variables[which]} holds more, with commas between them`,
  ).argParser(collect);
}

const collect = (rule: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), rule];
const variables = { allow: 'PLUMB_EGRESS_ALLOW', deny: 'PLUMB_EGRESS_DENY' } as const;

/**
 * Where this process may connect to, from its flags and its environment.
 * @throws PlumbError `egress.rule-invalid`
 */
export function egressOf(
  options: { readonly egressAllow?: readonly string[]; readonly egressDeny?: readonly string[] },
  environment: Readonly<Record<string, string | undefined>>,
): Egress {
  const rulesIn = (name: string): readonly string[] =>
    (environment[name] ?? '')
      .split(',')
      .map((rule) => rule.trim())
      .filter((rule) => rule !== '');
  return createEgress({
    allow: [...(options.egressAllow ?? []), ...rulesIn(variables.allow)],
    deny: [...(options.egressDeny ?? []), ...rulesIn(variables.deny)],
  });
}
