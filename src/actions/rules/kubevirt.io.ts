import type { Action, GroupActions } from '../action.ts';

const running = (strategy: string): Action['effect'] => ({
  kind: 'patch',
  patch: { spec: { running: null, runStrategy: strategy } },
  belongs: 'Git',
});

const halted =
  "(has(spec.runStrategy) && spec.runStrategy == 'Halted') || (has(spec.running) && spec.running == false)";

/** KubeVirt. */
export const kubevirtActions: GroupActions = {
  VirtualMachine: [
    { name: 'start', does: 'Start the machine', when: halted, effect: running('Always') },
    { name: 'stop', does: 'Shut the machine down', unless: halted, effect: running('Halted') },
  ],
};
