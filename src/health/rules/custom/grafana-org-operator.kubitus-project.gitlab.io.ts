import type { GroupRules } from '../../rule.ts';
import { ready } from '../shared.ts';

/** Kubitus: organisations of Grafana. */
export const grafanaOrgOperatorKubitusProjectGitlabIoRules: GroupRules = {
  '*': ready,
};
