import type { SubmitOptions } from '../changes/types.ts';
import { type AppChangeContext, changeApplication } from './submit.ts';
import type { AppChangeRequest, AppChangeResult } from './types.ts';

/** Changes of objects of Applications. */
export interface AppChanges {
  /**
   * Makes a change where the objects come from, as one commit or one pull request.
   * @throws PlumbError `writeback.*`, `controller.change-refused`, `kube.*`, `git.*`
   */
  changeApplication(request: AppChangeRequest, options: SubmitOptions): Promise<AppChangeResult>;
}

/** Takes changes of objects of Applications. */
export function createAppChanges(context: AppChangeContext): AppChanges {
  return { changeApplication: (request, options) => changeApplication(request, context, options) };
}
