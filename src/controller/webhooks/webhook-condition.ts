import type { ConditionInput, Repository } from '../../api/index.ts';
import type { Problem } from '../../errors.ts';
import { describeProblems } from '../status/status.ts';

/**
 * Whether webhooks of a Repository can prove to know the Secret that it names. None where it names none, or where this
 * controller takes no webhooks.
 */
export function webhookCondition(
  { spec }: Repository,
  problems: readonly Problem[] | undefined,
): ConditionInput | undefined {
  if (spec.webhook === undefined || problems === undefined) return undefined;
  const type = 'WebhookReady';
  if (problems.length > 0)
    return { type, status: 'False', reason: 'SecretMissing', message: describeProblems(problems) };
  return { type, status: 'True', reason: 'SecretRead', message: 'webhooks that know the secret are taken' };
}
