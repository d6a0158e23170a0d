import type { GroupActions } from '../action.ts';
import { scale, switchingAnnotation } from '../shared.ts';

/** KServe. */
export const kserveActions: GroupActions = {
  InferenceService: switchingAnnotation(
    ['stop', 'Take the model down, and keep what it is to be'],
    ['start', 'Serve the model again'],
    'serving.kserve.io/stop',
    'true',
  ),
};

/** Seldon Core 2. */
export const seldonActions: GroupActions = { Model: [scale], Server: [scale] };

/** Seldon Core 1. */
export const seldonDeploymentActions: GroupActions = { SeldonDeployment: [scale] };
