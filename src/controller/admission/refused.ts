import { formatLocation, hintFor, type Problem } from '../../errors.ts';
import type { AdmissionAnswer } from './types.ts';

/** What kubectl shows: all of it, one after the other, each with what to do. */
export function refused(problems: readonly [Problem, ...Problem[]]): AdmissionAnswer {
  const told = problems.map((problem) => {
    const where = problem.where === undefined ? '' : `${formatLocation(problem.where)}: `;
    const message = problem.code === 'internal' ? 'an error of Plumbline itself; its log tells more' : problem.message;
    return `${where}${message} (${problem.code}: ${hintFor(problem)})`;
  });
  const { code, reason } = statusFor(problems[0]);
  return { allowed: false, code, reason, message: `Plumbline did not commit this: ${told.join('; ')}` };
}

function statusFor({ code }: Problem): Pick<AdmissionAnswer & { allowed: false }, 'code' | 'reason'> {
  if (code === 'writeback.conflict' || code === 'writeback.exists') return { code: 409, reason: 'Conflict' };
  if (code === 'timeout') return { code: 504, reason: 'Timeout' };
  if (code === 'writeback.request-invalid' || code === 'kube.invalid') return { code: 422, reason: 'Invalid' };
  return { code: 403, reason: 'Forbidden' };
}
